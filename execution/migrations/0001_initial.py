import django.db.models.deletion
import execution.models.run
import orders.kernel.ids
import orders.states
import orders.terms
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0003_market_clock'),
    ]

    operations = [
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('algorithm', models.CharField(max_length=32)),
                ('algorithm_version', models.PositiveIntegerField()),
                ('parameters', models.JSONField()),
                ('state', models.CharField(choices=[('new', 'new'), ('waiting', 'waiting'), ('working', 'working'), ('stopping', 'stopping'), ('done', 'done')], default=execution.models.run.RunState['NEW'], max_length=8)),
                ('plan', models.PositiveIntegerField(default=0)),
                ('arrival_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('session_close', models.DateTimeField()),
                ('plan_from', models.DateTimeField()),
                ('renews_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('dead_lettered_at', models.DateTimeField(null=True)),
                ('version', models.PositiveBigIntegerField(default=1)),
                ('market_time', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Slice',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('plan', models.PositiveIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('symbol', models.CharField(max_length=32)),
                ('side', models.CharField(choices=[('buy', 'buy'), ('sell', 'sell')], max_length=4)),
                ('type', models.CharField(choices=[('limit', 'limit'), ('market', 'market'), ('stop', 'stop'), ('stop_limit', 'stop limit'), ('market_if_touched', 'market if touched'), ('trailing_stop', 'trailing stop')], max_length=17)),
                ('time_in_force', models.CharField(choices=[('day', 'day'), ('gtc', 'gtc'), ('gtd', 'gtd'), ('ioc', 'ioc'), ('fok', 'fok'), ('opg', 'opg'), ('cls', 'cls')], max_length=4)),
                ('quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('limit_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('display_quantity', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('minimum_quantity', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('planned', 'planned'), ('sent', 'sent'), ('withdrawn', 'withdrawn')], default=execution.models.run.SliceState['PLANNED'], max_length=10)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='execution.run')),
            ],
            options={
                'ordering': ('plan', 'number'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Trigger',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('mic', models.CharField(max_length=4)),
                ('type', models.CharField(choices=[('limit', 'limit'), ('market', 'market'), ('stop', 'stop'), ('stop_limit', 'stop limit'), ('market_if_touched', 'market if touched'), ('trailing_stop', 'trailing stop')], max_length=17)),
                ('side', models.CharField(choices=[('buy', 'buy'), ('sell', 'sell')], max_length=4)),
                ('stop_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('trail_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('trail_percent', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('extreme', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('watched_from', models.DateTimeField()),
                ('bar_start', models.DateTimeField(null=True)),
                ('version', models.PositiveBigIntegerField(default=1)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.instrument')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='execution.run')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='VenueOrder',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('venue', models.CharField(max_length=16)),
                ('venue_order_id', models.CharField(blank=True, max_length=64)),
                ('symbol', models.CharField(max_length=32)),
                ('side', models.CharField(choices=[('buy', 'buy'), ('sell', 'sell')], max_length=4)),
                ('type', models.CharField(choices=[('limit', 'limit'), ('market', 'market'), ('stop', 'stop'), ('stop_limit', 'stop limit'), ('market_if_touched', 'market if touched'), ('trailing_stop', 'trailing stop')], max_length=17)),
                ('time_in_force', models.CharField(choices=[('day', 'day'), ('gtc', 'gtc'), ('gtd', 'gtd'), ('ioc', 'ioc'), ('fok', 'fok'), ('opg', 'opg'), ('cls', 'cls')], max_length=4)),
                ('quantity', models.DecimalField(decimal_places=8, max_digits=20)),
                ('limit_price', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('display_quantity', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('minimum_quantity', models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ('status', models.CharField(choices=[('pending_new', 'pending new'), ('new', 'new'), ('partially_filled', 'partially filled'), ('filled', 'filled'), ('done_for_day', 'done for day'), ('pending_cancel', 'pending cancel'), ('pending_replace', 'pending replace'), ('stopped', 'stopped'), ('canceled', 'canceled'), ('rejected', 'rejected'), ('expired', 'expired')], default=orders.states.OrderStatus['PENDING_NEW'], max_length=16)),
                ('filled_quantity', models.DecimalField(decimal_places=8, default=Decimal('0'), max_digits=20)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('cancel_requested_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('dead_lettered_at', models.DateTimeField(null=True)),
                ('version', models.PositiveBigIntegerField(default=1)),
                ('market_time', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='execution.run')),
                ('slice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='execution.slice')),
            ],
            options={
                'ordering': ('id',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='VenueReport',
            fields=[
                ('id', models.UUIDField(default=orders.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('venue', models.CharField(max_length=16)),
                ('sequence', models.PositiveBigIntegerField()),
                ('kind', models.CharField(max_length=16)),
                ('client_order_id', models.UUIDField()),
                ('body', models.JSONField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('applied_at', models.DateTimeField(null=True)),
                ('dead_lettered_at', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('venue', 'sequence'),
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('applied_at', None), ('dead_lettered_at', None)), fields=['sequence'], name='venue_report_unapplied')],
                'constraints': [models.UniqueConstraint(fields=('venue', 'sequence'), name='venue_report_once')],
            },
        ),
        migrations.CreateModel(
            name='Bar',
            fields=[
                ('pk', models.CompositePrimaryKey('instrument_id', 'start', blank=True, editable=False, primary_key=True, serialize=False)),
                ('start', models.DateTimeField()),
                ('open', models.DecimalField(decimal_places=8, max_digits=20)),
                ('high', models.DecimalField(decimal_places=8, max_digits=20)),
                ('low', models.DecimalField(decimal_places=8, max_digits=20)),
                ('close', models.DecimalField(decimal_places=8, max_digits=20)),
                ('volume', models.DecimalField(decimal_places=8, max_digits=20)),
                ('instrument', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.instrument')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('high__gte', models.F('open')), ('low__gt', 0), ('low__lte', models.F('open')), ('high__gte', models.F('close')), ('low__lte', models.F('close'))), name='bar_prices_ordered'), models.CheckConstraint(condition=models.Q(('volume__gte', 0)), name='bar_volume_not_negative')],
            },
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state', execution.models.run.RunState['NEW'])), fields=['recorded_at'], name='run_to_plan'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state__in', [execution.models.run.RunState['NEW'], execution.models.run.RunState['WAITING'], execution.models.run.RunState['WORKING']])), fields=['session_close'], name='run_to_close'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('renews_at__isnull', False)), fields=['renews_at'], name='run_to_renew'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('state', execution.models.run.RunState['WAITING'])), fields=['id'], name='run_waiting'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [execution.models.run.RunState['NEW'], execution.models.run.RunState['WAITING'], execution.models.run.RunState['WORKING'], execution.models.run.RunState['STOPPING'], execution.models.run.RunState['DONE']])), name='run_state_known'),
        ),
        migrations.AddIndex(
            model_name='slice',
            index=models.Index(condition=models.Q(('state', execution.models.run.SliceState['PLANNED'])), fields=['due_at'], name='slice_due'),
        ),
        migrations.AddConstraint(
            model_name='slice',
            constraint=models.UniqueConstraint(fields=('run', 'plan', 'number'), name='slice_once_per_plan'),
        ),
        migrations.AddConstraint(
            model_name='slice',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='slice_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='slice',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [execution.models.run.SliceState['PLANNED'], execution.models.run.SliceState['SENT'], execution.models.run.SliceState['WITHDRAWN']])), name='slice_state_known'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', [orders.terms.Side['BUY'], orders.terms.Side['SELL']]), ('type__in', [orders.terms.OrderType['MARKET_IF_TOUCHED'], orders.terms.OrderType['STOP'], orders.terms.OrderType['STOP_LIMIT'], orders.terms.OrderType['TRAILING_STOP']])), name='trigger_type_known'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(('stop_price__isnull', False), ('trail_price__isnull', False), ('trail_percent__isnull', False), _connector='OR'), name='trigger_has_a_price'),
        ),
        migrations.AddIndex(
            model_name='venueorder',
            index=models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='venue_order_to_ask'),
        ),
        migrations.AddConstraint(
            model_name='venueorder',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='venue_order_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='venueorder',
            constraint=models.CheckConstraint(condition=models.Q(('filled_quantity__gte', 0), ('filled_quantity__lte', models.F('quantity'))), name='venue_order_filled_within_ordered'),
        ),
        migrations.AddConstraint(
            model_name='venueorder',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', [orders.states.OrderStatus['PENDING_NEW'], orders.states.OrderStatus['NEW'], orders.states.OrderStatus['PARTIALLY_FILLED'], orders.states.OrderStatus['FILLED'], orders.states.OrderStatus['DONE_FOR_DAY'], orders.states.OrderStatus['PENDING_CANCEL'], orders.states.OrderStatus['PENDING_REPLACE'], orders.states.OrderStatus['STOPPED'], orders.states.OrderStatus['CANCELED'], orders.states.OrderStatus['REJECTED'], orders.states.OrderStatus['EXPIRED']])), name='venue_order_status_known'),
        ),
        migrations.AddConstraint(
            model_name='venueorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', [orders.states.OrderStatus['CANCELED'], orders.states.OrderStatus['EXPIRED'], orders.states.OrderStatus['FILLED'], orders.states.OrderStatus['REJECTED']]), _negated=True), ('next_attempt_at', None), _connector='OR'), name='venue_order_ended_asks_nothing'),
        ),
    ]
