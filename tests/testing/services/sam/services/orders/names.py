PREFIX = "orders-"
