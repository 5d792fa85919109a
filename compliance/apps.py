from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        import compliance.checks  # noqa: F401  # registers what it checks
        from compliance.access import listen

        listen()
