"""Is a whole company ready? Judges every ``cdk.out`` below a folder on a Dask cluster and writes Parquet tables."""
