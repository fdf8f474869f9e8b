"""The practical floor: three operations answered by hand, by the same batched reads, without GraphQL.

It is written for speed: the driver gives money as the text that the answer needs, rows become dicts in one step,
documents hold only what is shown, and whatever can be asked at the same time is.
"""
