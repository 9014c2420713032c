"""The forms of Application Default Credentials, as plain data.

The names are those of the key `type` in a credentials file; the fields are what `google-auth`
insists on (https://google.aip.dev/auth/4110 to 4117).
"""

from __future__ import annotations

from collections.abc import Mapping

from keyhole.frozen import frozen

__all__ = ["FORMS", "LOGIN", "METADATA_SERVER", "Form"]

LOGIN = "`gcloud auth application-default login`"


@frozen
class Form:
    """One form.

    Attributes:
        name: Google's name for it.
        words: What `status` calls it.
        needs: The fields that the file must have.
        renewal: What to do when Google no longer takes it.
    """

    name: str
    words: str
    needs: tuple[str, ...]
    renewal: str


_FILES = (
    Form(
        "authorized_user",
        "user login",
        ("client_id", "client_secret", "refresh_token"),
        LOGIN,
    ),
    Form(
        "service_account",
        "service account key",
        ("client_email", "private_key", "token_uri"),
        "make a new key with `gcloud iam service-accounts keys create`",
    ),
    Form(
        "external_account",
        "workload identity federation",
        ("audience", "subject_token_type", "token_url", "credential_source"),
        "check the subject token and the pool's provider with "
        "`gcloud iam workload-identity-pools providers describe`",
    ),
    Form(
        "external_account_authorized_user",
        "workforce login",
        ("token_url", "client_id", "client_secret", "refresh_token"),
        "`gcloud auth application-default login --login-config=…`",
    ),
    Form(
        "impersonated_service_account",
        "impersonated service account",
        ("source_credentials", "service_account_impersonation_url"),
        "`gcloud auth application-default login --impersonate-service-account=…`",
    ),
)

FORMS: Mapping[str, Form] = {form.name: form for form in _FILES}
"""The forms that are kept in a file, by name."""

METADATA_SERVER = Form(
    "metadata_server",
    "metadata server",
    (),
    f"{LOGIN}, or attach a service account to this machine with "
    "`gcloud compute instances set-service-account`",
)
"""The account of the machine itself, on Compute Engine, GKE and Cloud Run."""
