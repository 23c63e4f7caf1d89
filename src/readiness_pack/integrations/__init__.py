"""The doors through which other tools call the engine. Only ``cdk`` and ``cdk_nag`` import the CDK."""
