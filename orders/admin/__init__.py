"""What orders shows in the admin site."""

from orders.admin.kill_switches import engaged_banners
from orders.admin.order import OrderAdmin
from orders.admin.positions import PositionAdmin
from orders.admin.refused import RefusedAdmin
from orders.admin.stress import stress_page
from orders.admin.today import orders_today
from orders.admin.trading_states import AccountAdmin, InstrumentAdmin, MarketAdmin
from orders.kernel.admin import site
from orders.models import Account, Instrument, Market, Order, Position, RiskDecision

site.register(Order, OrderAdmin)
site.register(RiskDecision, RefusedAdmin)
site.register(Position, PositionAdmin)
site.register(Instrument, InstrumentAdmin)
site.register(Market, MarketAdmin)
site.register(Account, AccountAdmin)
site.add_page("stress/", stress_page, "stress")
site.add_banners(engaged_banners)
site.add_summary(orders_today)
