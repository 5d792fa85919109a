import compliance.models.approval
import compliance.models.audit
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import orders.kernel.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0003_market_clock'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('tree_size', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('root_hash', models.BinaryField(max_length=32)),
                ('horizon', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ('tree_size',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=32, unique=True)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
            ],
            options={
                'ordering': ('name',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('digest', models.CharField(max_length=128, primary_key=True, serialize=False)),
                ('token_key', models.CharField(db_index=True, max_length=25)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('expiry', models.DateTimeField(blank=True, null=True)),
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, unique=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('transaction_id', models.BigIntegerField(db_default=compliance.models.audit.CurrentTransactionId())),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('object_type', models.CharField(max_length=32)),
                ('object_id', models.CharField(max_length=64)),
                ('revision', models.PositiveBigIntegerField()),
                ('action', models.CharField(max_length=64)),
                ('actor', models.CharField(max_length=64)),
                ('correlation_id', models.CharField(max_length=64)),
                ('recorded_at', models.DateTimeField()),
                ('body', models.TextField()),
            ],
            options={
                'ordering': ('id',),
                'default_permissions': (),
                'indexes': [models.Index(fields=['object_id', 'id'], name='leaf_by_object')],
            },
        ),
        migrations.CreateModel(
            name='TreeEntry',
            fields=[
                ('sequence', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('leaf_hash', models.BinaryField(max_length=32)),
                ('leaf', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.leaf')),
            ],
            options={
                'ordering': ('sequence',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TreeNode',
            fields=[
                ('pk', models.CompositePrimaryKey('level', 'index', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.PositiveSmallIntegerField()),
                ('index', models.PositiveBigIntegerField()),
                ('hash', models.BinaryField(max_length=32)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('level__gte', 1)), name='tree_node_above_leaves')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('action', models.CharField(max_length=32)),
                ('payload', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('maker_reason', models.CharField(max_length=200)),
                ('checker_reason', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('pending', 'pending'), ('approved', 'approved'), ('refused', 'refused')], default=compliance.models.approval.ApprovalState['PENDING'], max_length=8)),
                ('expires_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('used_at', models.DateTimeField(null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('recorded_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.account')),
                ('checker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('checker', None), models.Q(('checker', models.F('maker')), _negated=True), _connector='OR'), name='approval_maker_is_not_checker'), models.CheckConstraint(condition=models.Q(models.Q(('checker', None), ('decided_at', None), ('state', compliance.models.approval.ApprovalState['PENDING'])), models.Q(models.Q(('state', compliance.models.approval.ApprovalState['PENDING']), _negated=True), ('checker__isnull', False), ('decided_at__isnull', False)), _connector='OR'), name='approval_decided_by_someone'), models.CheckConstraint(condition=models.Q(('used_at', None), ('state', compliance.models.approval.ApprovalState['APPROVED']), _connector='OR'), name='approval_used_when_approved'), models.CheckConstraint(condition=models.Q(('state__in', [compliance.models.approval.ApprovalState['PENDING'], compliance.models.approval.ApprovalState['APPROVED'], compliance.models.approval.ApprovalState['REFUSED']])), name='approval_state_known')],
            },
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField()),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.account')),
                ('desk', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.desk')),
                ('firm', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.firm')),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.role')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('desk', None), ('firm__isnull', False)), models.Q(('account', None), ('desk__isnull', False), ('firm', None)), models.Q(('account__isnull', False), ('desk', None), ('firm', None)), _connector='OR'), name='role_grant_one_scope'), models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('user', 'role', 'firm', 'desk', 'account'), name='role_grant_once', nulls_distinct=False)],
            },
        ),
    ]
