"""What orders shows in the admin site."""

from orders.admin.order import OrderAdmin
from orders.admin.positions import PositionAdmin
from orders.admin.today import orders_today
from orders.kernel.admin import site
from orders.models import Order, Position

site.register(Order, OrderAdmin)
site.register(Position, PositionAdmin)
site.add_summary(orders_today)
