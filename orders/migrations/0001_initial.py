import django.db.models.deletion
import django.db.models.expressions
import orders.kernel.ids
import orders.models.history
import orders.models.organisation
import orders.models.position
import orders.models.reference
import orders.states
import orders.terms
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('username', models.CharField(max_length=64, unique=True)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False, help_text='May sign in to the admin site.')),
            ],
            options={
                'ordering': ('username',),
            },
        ),
        migrations.CreateModel(
            name='Desk',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=32, unique=True)),
            ],
            options={
                'ordering': ('code',),
                'permissions': (('view_orders', 'See orders, executions and positions'), ('place_orders', 'Place orders'), ('amend_orders', 'Amend orders'), ('cancel_orders', 'Cancel orders'), ('work_orders', 'Answer for orders that are worked by hand'), ('propose_executions', 'Propose a bust, a correction or a fill by hand'), ('approve_executions', 'Approve a bust, a correction or a fill that somebody else proposed'), ('view_limits', 'See limits'), ('propose_limits', 'Propose a change of a limit'), ('approve_limits', 'Approve a change of a limit that somebody else proposed'), ('view_audit', 'See the audit log and verify it'), ('view_operations', 'See venue orders, reports and dead letters'), ('record_rates', "Record exchange rates, which convert everyone's figures")),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=32, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('active', 'active'), ('suspended', 'suspended')], default=orders.models.organisation.AccountState['ACTIVE'], max_length=16)),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.desk')),
            ],
            options={
                'ordering': ('code',),
                'permissions': (('view_orders', 'See orders, executions and positions'), ('place_orders', 'Place orders'), ('amend_orders', 'Amend orders'), ('cancel_orders', 'Cancel orders'), ('work_orders', 'Answer for orders that are worked by hand'), ('propose_executions', 'Propose a bust, a correction or a fill by hand'), ('approve_executions', 'Approve a bust, a correction or a fill that somebody else proposed'), ('view_limits', 'See limits'), ('propose_limits', 'Propose a change of a limit'), ('approve_limits', 'Approve a change of a limit that somebody else proposed'), ('view_audit', 'See the audit log and verify it'), ('view_operations', 'See venue orders, reports and dead letters'), ('record_rates', "Record exchange rates, which convert everyone's figures")),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DeskPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.desk')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ExchangeRate',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('base', models.CharField(max_length=3)),
                ('quote', models.CharField(max_length=3)),
                ('rate', models.DecimalField(decimal_places=10, max_digits=20)),
                ('market_time', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('source', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ('-id',),
                'default_permissions': (),
                'indexes': [models.Index(fields=['base', 'quote', '-market_time', '-recorded_at'], name='exchange_rate_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('base__regex', '^[A-Z]{3}$')), name='exchange_rate_base_form'), models.CheckConstraint(condition=models.Q(('quote__regex', '^[A-Z]{3}$')), name='exchange_rate_quote_form'), models.CheckConstraint(condition=models.Q(('base', models.F('quote')), _negated=True), name='exchange_rate_two_currencies'), models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='exchange_rate_positive'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='exchange_rate_has_source')],
            },
        ),
        migrations.CreateModel(
            name='Firm',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=32, unique=True)),
                ('currency', models.CharField(max_length=3)),
            ],
            options={
                'ordering': ('code',),
                'permissions': (('view_orders', 'See orders, executions and positions'), ('place_orders', 'Place orders'), ('amend_orders', 'Amend orders'), ('cancel_orders', 'Cancel orders'), ('work_orders', 'Answer for orders that are worked by hand'), ('propose_executions', 'Propose a bust, a correction or a fill by hand'), ('approve_executions', 'Approve a bust, a correction or a fill that somebody else proposed'), ('view_limits', 'See limits'), ('propose_limits', 'Propose a change of a limit'), ('approve_limits', 'Approve a change of a limit that somebody else proposed'), ('view_audit', 'See the audit log and verify it'), ('view_operations', 'See venue orders, reports and dead letters'), ('record_rates', "Record exchange rates, which convert everyone's figures")),
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='firm_currency_form')],
            },
        ),
        migrations.AddField(
            model_name='desk',
            name='firm',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.firm'),
        ),
        migrations.CreateModel(
            name='FirmPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.firm')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Instrument',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('symbol', models.CharField(max_length=32, unique=True)),
                ('isin', models.CharField(max_length=12, unique=True)),
                ('mic', models.CharField(max_length=4)),
                ('currency', models.CharField(max_length=3)),
                ('tick_size', models.DecimalField(decimal_places=8, max_digits=20)),
                ('lot_size', models.DecimalField(decimal_places=8, max_digits=20)),
                ('state', models.CharField(choices=[('active', 'active'), ('halted', 'halted')], default=orders.models.reference.InstrumentState['ACTIVE'], max_length=16)),
            ],
            options={
                'ordering': ('symbol',),
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('isin__regex', '^[A-Z]{2}[A-Z0-9]{9}[0-9]$')), name='instrument_isin_form'), models.CheckConstraint(condition=models.Q(('mic__regex', '^[A-Z0-9]{4}$')), name='instrument_mic_form'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='instrument_currency_form'), models.CheckConstraint(condition=models.Q(('tick_size__gt', 0)), name='instrument_tick_positive'), models.CheckConstraint(condition=models.Q(('lot_size__gt', 0)), name='instrument_lot_positive'), models.CheckConstraint(condition=models.Q(('state__in', [orders.models.reference.InstrumentState['ACTIVE'], orders.models.reference.InstrumentState['HALTED']])), name='instrument_state_known')],
            },
        ),
        migrations.CreateModel(
            name='Limit',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('order_quantity', 'order quantity'), ('order_notional', 'order notional'), ('price_collar_bps', 'price collar bps'), ('position_quantity', 'position quantity')], max_length=24)),
                ('value', models.DecimalField(decimal_places=16, max_digits=40)),
                ('version', models.PositiveIntegerField(default=1)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.account')),
            ],
            options={
                'ordering': ('account', 'kind'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='MarketTime',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('anchor', models.DateTimeField()),
                ('wall_anchor', models.DateTimeField()),
                ('speed', models.DecimalField(decimal_places=2, default=Decimal('1'), max_digits=8)),
                ('paused', models.BooleanField(default=False)),
                ('version', models.PositiveBigIntegerField(default=1)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='market_time_is_one_row'), models.CheckConstraint(condition=models.Q(('speed__gt', 0)), name='market_time_speed_positive')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('client_order_id', models.CharField(max_length=64)),
                ('current_client_order_id', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('side', models.CharField(choices=[('buy', 'buy'), ('sell', 'sell')], max_length=4)),
                ('type', models.CharField(choices=[('limit', 'limit'), ('market', 'market'), ('stop', 'stop'), ('stop_limit', 'stop limit'), ('market_if_touched', 'market if touched'), ('trailing_stop', 'trailing stop')], max_length=17)),
                ('time_in_force', models.CharField(choices=[('day', 'day'), ('gtc', 'gtc'), ('gtd', 'gtd'), ('ioc', 'ioc'), ('fok', 'fok'), ('opg', 'opg'), ('cls', 'cls')], max_length=4)),
                ('quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('limit_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('stop_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('trail_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('trail_percent', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('display_quantity', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('minimum_quantity', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('expires_on', models.DateField(null=True)),
                ('effective_at', models.DateTimeField(null=True)),
                ('triggered_at', models.DateTimeField(null=True)),
                ('instruction', models.JSONField()),
                ('cash_quantity', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('status', models.CharField(choices=[('pending_new', 'pending new'), ('new', 'new'), ('partially_filled', 'partially filled'), ('filled', 'filled'), ('done_for_day', 'done for day'), ('pending_cancel', 'pending cancel'), ('pending_replace', 'pending replace'), ('stopped', 'stopped'), ('canceled', 'canceled'), ('rejected', 'rejected'), ('expired', 'expired')], max_length=16)),
                ('base_status', models.CharField(choices=[('pending_new', 'pending new'), ('working', 'working'), ('stopped', 'stopped'), ('done_for_day', 'done for day'), ('canceled', 'canceled'), ('expired', 'expired'), ('rejected', 'rejected')], default=orders.states.BaseStatus['WORKING'], max_length=12)),
                ('denial_code', models.CharField(blank=True, max_length=64)),
                ('denial_detail', models.CharField(blank=True, max_length=300)),
                ('filled_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('filled_notional', models.DecimalField(decimal_places=16, default=Decimal('0'), max_digits=40)),
                ('reserved_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('version', models.PositiveBigIntegerField(default=1)),
                ('terms_revision', models.PositiveIntegerField(default=1)),
                ('market_time', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.account')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.instrument')),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Execution',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('order_version', models.PositiveBigIntegerField()),
                ('kind', models.CharField(choices=[('trade', 'trade'), ('correction', 'correction'), ('bust', 'bust')], default=orders.terms.ExecutionKind['TRADE'], max_length=10)),
                ('venue', models.CharField(max_length=16)),
                ('venue_execution_id', models.CharField(max_length=64)),
                ('reported_for', models.CharField(blank=True, max_length=64)),
                ('quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('price', models.DecimalField(decimal_places=8, max_digits=20)),
                ('market_time', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.execution')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
            ],
            options={
                'ordering': ('id',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='OrderRequest',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('replace', 'replace'), ('cancel', 'cancel')], max_length=8)),
                ('client_order_id', models.CharField(max_length=64)),
                ('orig_client_order_id', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('received', 'received'), ('pending', 'pending'), ('accepted', 'accepted'), ('rejected', 'rejected')], default=orders.models.history.RequestState['PENDING'], max_length=8)),
                ('reject_reason', models.PositiveSmallIntegerField(null=True)),
                ('denial_code', models.CharField(blank=True, max_length=64)),
                ('denial_detail', models.CharField(blank=True, max_length=300)),
                ('recorded_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.account')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
            ],
            options={
                'ordering': ('id',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='OrderRevision',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveBigIntegerField()),
                ('event', models.CharField(max_length=32)),
                ('actor', models.CharField(max_length=64)),
                ('facts', models.JSONField()),
                ('exec_type', models.CharField(blank=True, choices=[('A', 'A'), ('0', '0'), ('8', '8'), ('F', 'F'), ('G', 'G'), ('H', 'H'), ('6', '6'), ('4', '4'), ('E', 'E'), ('5', '5'), ('3', '3'), ('D', 'D'), ('7', '7'), ('C', 'C'), ('I', 'I'), ('L', 'L')], max_length=1)),
                ('order_status', models.CharField(choices=[('pending_new', 'pending new'), ('new', 'new'), ('partially_filled', 'partially filled'), ('filled', 'filled'), ('done_for_day', 'done for day'), ('pending_cancel', 'pending cancel'), ('pending_replace', 'pending replace'), ('stopped', 'stopped'), ('canceled', 'canceled'), ('rejected', 'rejected'), ('expired', 'expired')], max_length=16)),
                ('client_order_id', models.CharField(max_length=64)),
                ('orig_client_order_id', models.CharField(blank=True, max_length=64)),
                ('order_quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('cum_quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('leaves_quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('last_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('avg_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('exec_id', models.UUIDField(default=orders.kernel.ids.new_id)),
                ('exec_ref_id', models.UUIDField(null=True)),
                ('reject_reason', models.PositiveSmallIntegerField(null=True)),
                ('market_time', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
            ],
            options={
                'ordering': ('order', 'version'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('bought_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('sold_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('bought_notional', models.DecimalField(decimal_places=16, default=Decimal('0'), max_digits=40)),
                ('sold_notional', models.DecimalField(decimal_places=16, default=Decimal('0'), max_digits=40)),
                ('open_buy_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('open_sell_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('realised_average_cost', models.DecimalField(decimal_places=16, default=Decimal('0'), max_digits=40)),
                ('realised_fifo', models.DecimalField(decimal_places=16, default=Decimal('0'), max_digits=40)),
                ('last_trade_time', models.DateTimeField(null=True)),
                ('last_trade_id', models.UUIDField(null=True)),
                ('net_quantity', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(models.F('bought_quantity'), '-', models.F('sold_quantity')), output_field=models.DecimalField(decimal_places=8, max_digits=21))),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.account')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.instrument')),
            ],
            options={
                'ordering': ('account', 'instrument'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('trade_id', models.UUIDField()),
                ('quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('price', models.DecimalField(decimal_places=8, max_digits=20)),
                ('market_time', models.DateTimeField()),
                ('execution', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.execution')),
                ('position', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.position')),
            ],
            options={
                'ordering': ('position', 'market_time', 'trade_id'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Refusal',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('user_id', models.UUIDField()),
                ('code', models.CharField(max_length=64)),
                ('account', models.CharField(blank=True, max_length=32)),
                ('symbol', models.CharField(blank=True, max_length=32)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-id',),
                'default_permissions': (),
                'indexes': [models.Index(fields=['user_id', '-recorded_at'], name='refusal_by_user')],
            },
        ),
        migrations.CreateModel(
            name='Replacement',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('terms_revision', models.PositiveIntegerField()),
                ('quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('limit_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('stop_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('trail_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('trail_percent', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('recorded_at', models.DateTimeField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='replacement', to='orders.orderrequest')),
            ],
            options={
                'ordering': ('id',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('settles_on', models.DateField(null=True)),
                ('bought_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('sold_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('bought_notional', models.DecimalField(decimal_places=16, default=Decimal('0'), max_digits=40)),
                ('sold_notional', models.DecimalField(decimal_places=16, default=Decimal('0'), max_digits=40)),
                ('position', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.position')),
            ],
            options={
                'ordering': ('position', 'settles_on'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='UsedClientOrderId',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('client_order_id', models.CharField(max_length=64)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.account')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='AccountPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.account')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
                'unique_together': {('user', 'permission', 'content_object')},
            },
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [orders.models.organisation.AccountState['ACTIVE'], orders.models.organisation.AccountState['SUSPENDED']])), name='account_state_known'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='account_currency_form'),
        ),
        migrations.AlterUniqueTogether(
            name='deskpermission',
            unique_together={('user', 'permission', 'content_object')},
        ),
        migrations.AlterUniqueTogether(
            name='firmpermission',
            unique_together={('user', 'permission', 'content_object')},
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.UniqueConstraint(fields=('account', 'kind'), name='limit_account_kind'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='limit_value_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='limit',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['order_quantity', 'order_notional', 'price_collar_bps', 'position_quantity'])), name='limit_kind_known'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['account', '-id'], name='order_by_account'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('account', 'client_order_id'), name='order_client_order_id'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', [orders.terms.Side['BUY'], orders.terms.Side['SELL']])), name='order_side_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('time_in_force__in', [orders.terms.TimeInForce['CLS'], orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['FOK'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD'], orders.terms.TimeInForce['IOC'], orders.terms.TimeInForce['OPG']]), ('type', orders.terms.OrderType['LIMIT'])), models.Q(('time_in_force__in', [orders.terms.TimeInForce['CLS'], orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['FOK'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD'], orders.terms.TimeInForce['IOC'], orders.terms.TimeInForce['OPG']]), ('type', orders.terms.OrderType['MARKET'])), models.Q(('time_in_force__in', [orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD']]), ('type', orders.terms.OrderType['MARKET_IF_TOUCHED'])), models.Q(('time_in_force__in', [orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD']]), ('type', orders.terms.OrderType['STOP'])), models.Q(('time_in_force__in', [orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD']]), ('type', orders.terms.OrderType['STOP_LIMIT'])), models.Q(('time_in_force__in', [orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD']]), ('type', orders.terms.OrderType['TRAILING_STOP'])), _connector='OR'), name='order_type_takes_tif'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('type__in', [orders.terms.OrderType['LIMIT'], orders.terms.OrderType['STOP_LIMIT']]), ('limit_price__isnull', False)), models.Q(models.Q(('type__in', [orders.terms.OrderType['LIMIT'], orders.terms.OrderType['STOP_LIMIT']]), _negated=True), ('limit_price__isnull', True)), _connector='OR'), models.Q(('limit_price__isnull', True), ('limit_price__gt', 0), _connector='OR')), name='order_limit_price_with_limit'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('type__in', [orders.terms.OrderType['MARKET_IF_TOUCHED'], orders.terms.OrderType['STOP'], orders.terms.OrderType['STOP_LIMIT']]), ('stop_price__isnull', False)), models.Q(models.Q(('type__in', [orders.terms.OrderType['MARKET_IF_TOUCHED'], orders.terms.OrderType['STOP'], orders.terms.OrderType['STOP_LIMIT']]), _negated=True), ('stop_price__isnull', True)), _connector='OR'), models.Q(('stop_price__isnull', True), ('stop_price__gt', 0), _connector='OR')), name='order_stop_price_with_stop'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('trail_percent', None), ('trail_price__gt', 0), ('trail_price__isnull', False), ('type__in', [orders.terms.OrderType['TRAILING_STOP']])), models.Q(('trail_percent__gt', 0), ('trail_percent__isnull', False), ('trail_percent__lt', Decimal('100')), ('trail_price', None), ('type__in', [orders.terms.OrderType['TRAILING_STOP']])), models.Q(models.Q(('type__in', [orders.terms.OrderType['TRAILING_STOP']]), _negated=True), ('trail_percent', None), ('trail_price', None)), _connector='OR'), name='order_one_trail_with_trailing'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('triggered_at__isnull', True), ('type__in', [orders.terms.OrderType['MARKET_IF_TOUCHED'], orders.terms.OrderType['STOP'], orders.terms.OrderType['STOP_LIMIT'], orders.terms.OrderType['TRAILING_STOP']]), _connector='OR'), name='order_triggered_with_trigger'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('time_in_force', orders.terms.TimeInForce['GTD']), ('expires_on__isnull', False)), models.Q(models.Q(('time_in_force', orders.terms.TimeInForce['GTD']), _negated=True), ('expires_on__isnull', True)), _connector='OR'), name='order_expires_on_with_gtd'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('effective_at__isnull', True), ('time_in_force__in', [orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['FOK'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD'], orders.terms.TimeInForce['IOC']]), _connector='OR'), name='order_effective_at_without_auction'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('display_quantity__isnull', True), models.Q(('display_quantity__gt', 0), ('display_quantity__lte', models.F('quantity')), ('time_in_force__in', [orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD']]), ('type__in', [orders.terms.OrderType['LIMIT'], orders.terms.OrderType['STOP_LIMIT']])), _connector='OR'), name='order_display_rests_within_quantity'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_quantity__isnull', True), models.Q(('minimum_quantity__gt', 0), ('minimum_quantity__lte', models.F('quantity')), ('time_in_force__in', [orders.terms.TimeInForce['DAY'], orders.terms.TimeInForce['GTC'], orders.terms.TimeInForce['GTD'], orders.terms.TimeInForce['IOC']])), _connector='OR'), name='order_minimum_within_quantity'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_quantity__isnull', True), ('display_quantity__isnull', True), ('minimum_quantity__lte', models.F('display_quantity')), _connector='OR'), name='order_minimum_within_display'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', [orders.states.OrderStatus['PENDING_NEW'], orders.states.OrderStatus['NEW'], orders.states.OrderStatus['PARTIALLY_FILLED'], orders.states.OrderStatus['FILLED'], orders.states.OrderStatus['DONE_FOR_DAY'], orders.states.OrderStatus['PENDING_CANCEL'], orders.states.OrderStatus['PENDING_REPLACE'], orders.states.OrderStatus['STOPPED'], orders.states.OrderStatus['CANCELED'], orders.states.OrderStatus['REJECTED'], orders.states.OrderStatus['EXPIRED']])), name='order_status_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('base_status__in', [orders.states.BaseStatus['PENDING_NEW'], orders.states.BaseStatus['WORKING'], orders.states.BaseStatus['STOPPED'], orders.states.BaseStatus['DONE_FOR_DAY'], orders.states.BaseStatus['CANCELED'], orders.states.BaseStatus['EXPIRED'], orders.states.BaseStatus['REJECTED']])), name='order_base_status_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='order_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('cash_quantity', None), ('cash_quantity__gt', 0), _connector='OR'), name='order_cash_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('filled_quantity__gte', 0), ('filled_quantity__lte', models.F('quantity'))), name='order_filled_within_ordered'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('filled_notional__gte', 0)), name='order_notional_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('reserved_quantity__gte', 0)), name='order_reserved_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', [orders.states.OrderStatus['CANCELED'], orders.states.OrderStatus['EXPIRED'], orders.states.OrderStatus['REJECTED']]), _negated=True), ('reserved_quantity', 0), _connector='OR'), name='order_ended_reserves_nothing'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', orders.states.OrderStatus['FILLED']), _negated=True), ('filled_quantity', models.F('quantity')), _connector='OR'), name='order_filled_means_all'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('status', orders.states.OrderStatus['REJECTED']), ('denial_code', ''), _connector='XOR'), name='order_rejected_has_code'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.UniqueConstraint(fields=('venue', 'venue_execution_id'), name='execution_once_per_venue'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', orders.terms.ExecutionKind['TRADE'])), fields=('order', 'order_version'), name='execution_order_version'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [orders.terms.ExecutionKind['TRADE'], orders.terms.ExecutionKind['CORRECTION'], orders.terms.ExecutionKind['BUST']])), name='execution_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects', None), ('kind', orders.terms.ExecutionKind['TRADE'])), models.Q(models.Q(('kind', orders.terms.ExecutionKind['TRADE']), _negated=True), ('corrects__isnull', False)), _connector='OR'), name='execution_corrects_unless_trade'),
        ),
        migrations.AddConstraint(
            model_name='execution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', orders.terms.ExecutionKind['BUST']), ('price', 0), ('quantity', 0)), models.Q(models.Q(('kind', orders.terms.ExecutionKind['BUST']), _negated=True), ('price__gt', 0), ('quantity__gt', 0)), _connector='OR'), name='execution_bust_is_nothing'),
        ),
        migrations.AddIndex(
            model_name='orderrequest',
            index=models.Index(fields=['order', 'id'], name='request_by_order'),
        ),
        migrations.AddConstraint(
            model_name='orderrequest',
            constraint=models.UniqueConstraint(fields=('account', 'client_order_id'), name='request_client_order_id'),
        ),
        migrations.AddConstraint(
            model_name='orderrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', orders.models.history.RequestKind['CANCEL']), ('state__in', [orders.models.history.RequestState['RECEIVED'], orders.models.history.RequestState['PENDING']])), fields=('order',), name='request_one_cancel_outstanding'),
        ),
        migrations.AddConstraint(
            model_name='orderrequest',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [orders.models.history.RequestKind['REPLACE'], orders.models.history.RequestKind['CANCEL']])), name='request_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='orderrequest',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [orders.models.history.RequestState['RECEIVED'], orders.models.history.RequestState['PENDING'], orders.models.history.RequestState['ACCEPTED'], orders.models.history.RequestState['REJECTED']])), name='request_state_known'),
        ),
        migrations.AddConstraint(
            model_name='orderrequest',
            constraint=models.CheckConstraint(condition=models.Q(('state', orders.models.history.RequestState['REJECTED']), ('reject_reason', None), _connector='XOR'), name='request_rejected_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='orderrevision',
            constraint=models.UniqueConstraint(fields=('order', 'version'), name='order_revision_once'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.UniqueConstraint(fields=('account', 'instrument'), name='position_account_instrument'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.CheckConstraint(condition=models.Q(('bought_notional__gte', 0), ('bought_quantity__gte', 0), ('open_buy_quantity__gte', 0), ('open_sell_quantity__gte', 0), ('sold_notional__gte', 0), ('sold_quantity__gte', 0)), name='position_nothing_negative'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(fields=['position', 'market_time', 'trade_id'], name='lot_in_fifo_order'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.UniqueConstraint(fields=('position', 'trade_id'), name='lot_once_per_trade'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='lot_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('price__gt', 0)), name='lot_price_positive'),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.UniqueConstraint(fields=('order', 'terms_revision'), name='replacement_terms_revision'),
        ),
        migrations.AddConstraint(
            model_name='replacement',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='replacement_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('position', 'settles_on'), name='settlement_position_date', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('bought_notional__gte', 0), ('bought_quantity__gte', 0), ('sold_notional__gte', 0), ('sold_quantity__gte', 0)), name='settlement_nothing_negative'),
        ),
        migrations.AddConstraint(
            model_name='usedclientorderid',
            constraint=models.UniqueConstraint(fields=('account', 'client_order_id'), name='client_order_id_used_once'),
        ),
    ]
