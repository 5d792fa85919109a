"""What verification asks of an archived month, whose partition the application cannot read; and rights it never needs.

What Django's migrations write of themselves (which of them ran, content types, permissions, groups) no process of ours
writes.
"""

from django.db import migrations

from compliance.models import leaf_partitions
from orders.kernel.guards import APPLICATION_ROLE

_MIGRATIONS_ALONE = (
    "django_migrations, django_content_type, auth_permission, auth_group, auth_group_permissions,"
    " guardian_groupobjectpermission, guardian_userobjectpermission, knox_authtoken"
)


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0013_leaf_bounds"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
        ("knox", "0009_extend_authtoken_field"),
    ]
    operations = [
        migrations.RunSQL(leaf_partitions.SET_APART, "DROP FUNCTION qtweb_leaves_with_entries"),
        migrations.RunSQL(leaf_partitions.TOLD, "DROP FUNCTION qtweb_told_of_leaf_months"),
        migrations.RunSQL(
            f"REVOKE INSERT, UPDATE, DELETE ON {_MIGRATIONS_ALONE} FROM {APPLICATION_ROLE}",
            f"GRANT INSERT, UPDATE ON {_MIGRATIONS_ALONE} TO {APPLICATION_ROLE}",
        ),
    ]
