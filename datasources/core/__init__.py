"""What every service's data access shares (connections, batching, paging, money, migrations); knows no service."""
