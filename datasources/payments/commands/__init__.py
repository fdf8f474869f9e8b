"""Changes of payments, refunds and saved methods. Each record of an outcome is one transaction; no lock is held while a
provider is asked.
"""
