"""Evidence: what people and tools recorded, sign-offs and the certificate; whether the system is ready."""
