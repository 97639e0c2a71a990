"""The onboarding app: the files of those with whom the firm deals, from the first paper to the last review."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "onboarding"

    def ready(self) -> None:
        """What files say of people is screened like everything else."""
        from onboarding.screening import register_subjects

        register_subjects()
