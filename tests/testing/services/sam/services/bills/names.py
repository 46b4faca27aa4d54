PREFIX = "bills-"
