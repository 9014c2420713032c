"""What MCP's revision 2026-07-28 asks of a client, one test for each requirement.

The numbers are those of the table in docs/reference/mcp-requirements.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.mcp_site import ISSUER, ORIGIN, URL, Site, as_host, metadata
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.errors import (
    InteractionRequiredError,
    KeyholeError,
    LoginFailedError,
    OAuthError,
    RejectedError,
)
from keyhole.frozen import evolve
from keyhole.message import Response
from keyhole.secret import Secret
from keyhole.testing import agrees, fake_machine
from keyhole_mcp.kept import keep_client_secret
from keyhole_mcp.outbound import OutboundError
from keyhole_mcp.session.handoff import HandOff
from keyhole_mcp.session.login import Login, key_of

OTHER = "https://login.other.example"
WELL_KNOWN = f"{ORIGIN}/.well-known/oauth-protected-resource"
AS_METADATA = f"{ISSUER}/.well-known/oauth-authorization-server"


def refused(site: Site, code: str) -> OAuthError:
    """The error of a sign-in that must not go on; nobody was asked, no code was sent."""
    with pytest.raises(OAuthError) as caught:
        site.sign_in()
    assert caught.value.code == code
    assert f"{ISSUER}/token" not in site.asked
    return caught.value


class TestDiscovery:
    def test_01_protected_resource_metadata_name_the_authorization_server(self, site: Site) -> None:
        """The MCP server's own metadata are asked first, and lead to its authorization server."""
        site.sign_in()
        assert site.asked[:2] == [f"{WELL_KNOWN}/mcp", AS_METADATA]

    def test_02_the_challenge_says_where_they_are(self, site: Site) -> None:
        """A `resource_metadata` of the challenge, on the server's own origin, is asked first."""
        site.challenge = f'Basic realm="x, y", Bearer a=b, resource_metadata="{ORIGIN}/own"'
        site.pages[f"{ORIGIN}/own"] = site.resource
        site.sign_in()
        assert site.asked[0] == f"{ORIGIN}/own"

    def test_03_else_the_well_known_places(self, site: Site) -> None:
        """The place for the path comes before the place for the origin."""
        site.pages[WELL_KNOWN] = site.pages.pop(f"{WELL_KNOWN}/mcp")
        site.sign_in()
        assert site.asked[:2] == [f"{WELL_KNOWN}/mcp", WELL_KNOWN]

    @pytest.mark.parametrize(
        "other", ["https://other.example/mcp", f"{ORIGIN}/mc", f"{ORIGIN}/mcp/x", f"{ORIGIN}:444"]
    )
    def test_04_metadata_of_another_resource_are_refused(self, site: Site, other: str) -> None:
        """A `resource` that does not cover the server's URL ends the sign-in."""
        site.resource["resource"] = other
        refused(site, "resource_mismatch")

    def test_05_each_authorization_server_has_a_client_and_tokens_of_its_own(
        self, site: Site
    ) -> None:
        """Where the MCP server moves to another one, nothing of the first is used there."""
        first = Login.of(site.sign_in())
        site.resource["authorization_servers"] = [OTHER]
        site.pages |= {
            f"{OTHER}/.well-known/oauth-authorization-server": metadata(OTHER),
            f"{OTHER}/register": site.register,
            f"{OTHER}/token": site.token,
        }
        site.registered = {"client_id": "another-client"}
        site.host.person = lambda url: agrees(url, iss=OTHER)
        second = Login.of(site.sign_in(forced=True))
        assert (second.issuer, second.client.id) == (OTHER, "another-client")
        assert site.host.memory.read(first.key) is not None
        assert first.key != second.key

    def test_05_of_several_the_known_one_is_kept(self, site: Site) -> None:
        """A login's authorization server stays the one, as long as the MCP server names it."""
        site.sign_in()
        site.resource["authorization_servers"] = [OTHER, ISSUER]
        assert Login.of(site.sign_in(forced=True)).issuer == ISSUER

    def test_06_openid_connect_discovery_counts_too(self, site: Site) -> None:
        """A server that publishes OpenID Connect metadata alone is found."""
        site.pages[f"{ISSUER}/.well-known/openid-configuration"] = site.pages.pop(AS_METADATA)
        site.sign_in()
        assert site.asked[1:3] == [AS_METADATA, f"{ISSUER}/.well-known/openid-configuration"]

    def test_07_the_order_for_an_issuer_with_a_path(self, site: Site) -> None:
        """Path-aware OAuth metadata, then OpenID Connect's with the path behind and before."""
        site.resource["authorization_servers"] = [f"{ISSUER}/t"]
        refused(site, "no_metadata")
        assert site.asked[1:] == [
            f"{ISSUER}/.well-known/oauth-authorization-server/t",
            f"{ISSUER}/.well-known/openid-configuration/t",
            f"{ISSUER}/t/.well-known/openid-configuration",
        ]

    def test_08_the_order_for_an_issuer_without_one(self, site: Site) -> None:
        """OAuth metadata, then OpenID Connect's; and no other place, least of all the server's."""
        del site.pages[AS_METADATA]
        refused(site, "no_metadata")
        assert site.asked[1:] == [AS_METADATA, f"{ISSUER}/.well-known/openid-configuration"]

    @pytest.mark.parametrize("said", [f"{ISSUER}/", "https://AUTH.acme.example", OTHER, None])
    def test_09_the_issuer_is_identical(self, site: Site, said: str | None) -> None:
        """Metadata that name another issuer, as a text, are not used."""
        site.metadata["issuer"] = said
        error = refused(site, "issuer_mismatch")
        assert f'[mcp."{URL}"] trusted_issuer = ' in (error.remedy or "")


class TestRegistration:
    def test_10_the_order_of_the_ways(self, site: Site) -> None:
        """Registered beforehand, then a metadata document, then dynamically, then a person."""
        document_url = "https://me.example/client.json"
        site.metadata["client_id_metadata_document_supported"] = True
        assert Login.of(site.sign_in()).client.id == "fake-client"
        site.config["client_metadata_url"] = document_url
        assert Login.of(site.sign_in(forced=True)).client.id == document_url
        site.config["client_id"] = "beforehand"
        assert Login.of(site.sign_in(forced=True)).client.id == "beforehand"
        assert site.asked.count(f"{ISSUER}/register") == 1

    def test_10_without_any_way_a_person_is_told_what_to_do(self, site: Site) -> None:
        """Nothing is posted to a registration endpoint that nobody named."""
        del site.metadata["registration_endpoint"]
        error = refused(site, "no_registration")
        assert "--client-id" in error.remedy
        assert len(site.asked) == 2

    def test_11_a_metadata_document_is_the_client(self, site: Site) -> None:
        """Its https URL is the client's identifier in both requests."""
        site.metadata["client_id_metadata_document_supported"] = True
        site.config["client_metadata_url"] = "https://me.example/client.json"
        site.sign_in()
        assert site.shown["client_id"] == "https://me.example/client.json"
        assert site.fields(f"{ISSUER}/token")["client_id"] == "https://me.example/client.json"

    def test_12_only_where_the_server_says_that_it_takes_them(self, site: Site) -> None:
        """Without `client_id_metadata_document_supported` the document is no client."""
        site.config["client_metadata_url"] = "https://me.example/client.json"
        site.sign_in()
        assert site.shown["client_id"] == "fake-client"

    def test_14_static_credentials_prove_the_client(self, site: Site) -> None:
        """A configured client with a kept secret authenticates as the server wants it."""
        site.config["client_id"] = "beforehand"
        site.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        machine = site.look()
        keep_client_secret(machine, as_host(site), URL, Secret("fake-client-secret"))
        site.sign_in()
        assert site.fields(f"{ISSUER}/token")["client_secret"] == "fake-client-secret"

    def test_15_dynamic_registration_happens_once(self, site: Site) -> None:
        """The client is kept: a second sign-in registers no other."""
        site.sign_in()
        site.sign_in(forced=True)
        assert site.asked.count(f"{ISSUER}/register") == 1

    def test_16_it_says_that_it_is_native(self, site: Site) -> None:
        """`application_type` is "native", because the browser comes back to this machine."""
        site.sign_in()
        assert site.body(f"{ISSUER}/register")["application_type"] == "native"

    def test_17_a_refused_registration_says_why(self, site: Site) -> None:
        """The server's reason is told, and what to do instead."""
        site.registered = {"error": "invalid_redirect_uri", "error_description": "no loopback"}
        site.status = 400
        error = refused(site, "invalid_redirect_uri")
        assert "no loopback" in error.problem

    def test_17_a_registration_for_another_redirect_uri_is_refused(self, site: Site) -> None:
        """A server that registers something else would get the code to another place."""
        site.registered = {"redirect_uris": ["https://evil.example/callback"]}
        refused(site, "bad_registration")

    @given(st.lists(st.text(max_size=8), min_size=4, max_size=4), st.integers(0, 3), st.text())
    def test_18_credentials_are_bound_to_their_issuer(
        self, named: list[str], place: int, other: str
    ) -> None:
        """Another issuer, client, resource or account is another key."""
        changed = [*named[:place], other, *named[place + 1 :]]
        issuer, client, resource, account = named
        same = key_of(issuer, client, resource, account) == key_of(
            changed[0], changed[1], changed[2], changed[3]
        )
        assert same == (changed == named)

    def test_19_a_configured_client_is_not_used_elsewhere(self, site: Site) -> None:
        """Where the authorization server changes, a person has to say that it is right."""
        site.config["client_id"] = "beforehand"
        site.sign_in()
        site.resource["authorization_servers"] = [OTHER]
        site.pages[f"{OTHER}/.well-known/oauth-authorization-server"] = metadata(OTHER)
        with pytest.raises(LoginFailedError, match="was used at"):
            site.sign_in(forced=True)
        assert f"{OTHER}/token" not in site.asked


class TestAuthorization:
    def test_20_pkce_with_s256(self, site: Site) -> None:
        """The challenge goes with the request, the verifier with the code."""
        site.sign_in()
        assert site.shown["code_challenge_method"] == "S256"
        verifier = site.fields(f"{ISSUER}/token")["code_verifier"]
        assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)

    @pytest.mark.parametrize("said", [None, [], ["plain"]])
    def test_21_without_advertised_s256_it_is_refused(self, site: Site, said: Any) -> None:
        """No browser opens at a server that does not say that it checks S256."""
        site.metadata["code_challenge_methods_supported"] = said
        refused(site, "no_s256")
        assert not site.host.opened

    def test_21_unless_a_user_vouches_for_exactly_this_server(self, site: Site) -> None:
        """The exception `assume_s256` lets it go on."""
        site.metadata["code_challenge_methods_supported"] = None
        site.config["assume_s256"] = True
        assert site.sign_in().access_token is not None

    def test_22_another_state_is_not_listened_to(self, site: Site) -> None:
        """An answer with another state is none, and the sign-in waits on."""
        site.host.person = lambda url: agrees(url, iss=ISSUER, state="another")
        with pytest.raises(LoginFailedError):
            site.sign_in()
        assert f"{ISSUER}/token" not in site.asked

    def test_23_the_redirect_uri_is_on_localhost(self, site: Site) -> None:
        """It is registered exactly as it is used."""
        site.sign_in()
        uri = site.shown["redirect_uri"]
        assert urlsplit(uri).hostname == "localhost"
        assert site.body(f"{ISSUER}/register")["redirect_uris"] == [uri]

    def test_24_the_issuer_is_recorded_before_the_browser_opens(self, site: Site) -> None:
        """With the verifier, in the store, so that any process may redeem the answer."""
        kept = []

        def person(url: str) -> str:
            pending, login = HandOff(site.look(), as_host(site), URL, "").pending()
            kept.append((pending.issuer, login.issuer))
            return agrees(url, iss=ISSUER)

        site.host.person = person
        site.sign_in()
        assert kept == [(ISSUER, ISSUER)]
        with pytest.raises(LoginFailedError):
            HandOff(site.look(), as_host(site), URL, "").pending()

    @pytest.mark.parametrize(
        ("promised", "said", "good"),
        [
            (True, ISSUER, True),
            (True, None, False),
            (True, OTHER, False),
            (False, None, True),
            (False, ISSUER, True),
            (False, OTHER, False),
            (False, f"{ISSUER}/", False),
        ],
    )
    def test_25_iss_by_the_table(
        self, site: Site, *, promised: bool, said: str | None, good: bool
    ) -> None:
        """The issuer in an answer is compared as a text, before the code goes anywhere."""
        site.metadata["authorization_response_iss_parameter_supported"] = promised
        more = {"iss": said} if said else {}
        site.host.person = lambda url: agrees(url, **more)
        if good:
            assert site.sign_in().access_token is not None
        else:
            refused(site, "issuer_mismatch")

    def test_26_the_error_of_a_stranger_is_not_shown(self, site: Site) -> None:
        """What an answer of another issuer says about errors is not repeated."""
        said = {"error": "access_denied", "error_description": "call 555-FAKE"}
        site.host.person = lambda url: agrees(url, iss=OTHER, **said)
        assert "555" not in str(refused(site, "issuer_mismatch"))

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "http://auth.acme.example/authorize", "file:///etc/passwd"]
    )
    def test_27_only_https_is_given_to_a_browser(self, site: Site, url: str) -> None:
        """Another authorization endpoint ends the sign-in; nothing takes its place."""
        site.metadata["authorization_endpoint"] = url
        refused(site, "bad_url")
        assert not site.host.opened
        assert site.asked == [f"{WELL_KNOWN}/mcp", AS_METADATA]


class TestResource:
    def test_28_the_resource_goes_with_both_requests(self, site: Site) -> None:
        """With the authorization, with the code, and with each refresh."""
        site.sign_in()
        assert site.shown["resource"] == URL
        assert site.fields(f"{ISSUER}/token")["resource"] == URL

    def test_28_unless_the_exception_leaves_it_out(self, site: Site) -> None:
        """`omit_resource` is for servers that refuse it."""
        site.config["omit_resource"] = True
        site.sign_in()
        assert "resource" not in site.shown
        assert "resource" not in site.fields(f"{ISSUER}/token")

    @pytest.mark.parametrize("resource", [ORIGIN, URL])
    def test_29_it_is_the_identifier_that_the_server_publishes(
        self, site: Site, resource: str
    ) -> None:
        """Letter by letter, without a slash that it does not have."""
        site.resource["resource"] = resource
        site.sign_in()
        assert site.shown["resource"] == resource

    def test_30_no_token_goes_to_another_server(self, site: Site) -> None:
        """Not to another origin, whoever redirects or asks."""
        site.sign_in()
        seen: list[httpx2.Request] = []
        with client(site, seen, lambda _: httpx2.Response(200)) as http:
            http.get("https://other.example/mcp")
            http.get(f"{ORIGIN}:444/mcp")
        assert not any("authorization" in request.headers for request in seen)

    def test_31_the_token_goes_in_the_header_of_every_request(self, site: Site) -> None:
        """As `Authorization: Bearer`, and never in the query."""
        site.sign_in()
        seen: list[httpx2.Request] = []
        with client(site, seen, lambda _: httpx2.Response(200)) as http:
            for _ in range(3):
                http.post(URL, json={})
        assert [one.headers["authorization"] for one in seen] == ["Bearer fake-token"] * 3
        assert {str(one.url) for one in seen} == {URL}


class TestScopes:
    @pytest.mark.parametrize(
        ("challenge", "supported", "wanted"),
        [
            ('Bearer scope="a b"', ["c"], "a b"),
            ("Bearer", ["c", "d"], "c d"),
            ("Bearer", None, None),
        ],
    )
    def test_32_what_is_asked_for_first(
        self, site: Site, challenge: str, supported: list[str] | None, wanted: str | None
    ) -> None:
        """The challenge's scope, else all that the server names, else none."""
        site.challenge = challenge
        if supported:
            site.resource["scopes_supported"] = supported
        site.sign_in()
        assert site.shown.get("scope") == wanted

    def test_33_the_challenge_is_what_counts(self, site: Site) -> None:
        """Its scope is asked for although the metadata do not know it."""
        site.challenge, site.resource["scopes_supported"] = 'Bearer scope="hidden"', ["a"]
        site.sign_in()
        assert site.shown["scope"] == "hidden"

    def test_34_more_scope_is_asked_for_with_what_was_asked_before(self, site: Site) -> None:
        """After 403 with `insufficient_scope`, the union; and the request is sent again."""
        site.challenge = 'Bearer scope="a"'
        site.sign_in()
        site.grants = [granted("more", scope="a b")]
        seen: list[httpx2.Request] = []
        with client(site, seen, lambda request: answered(request, "more", "b")) as http:
            assert http.post(URL, json={}).status_code == 200
        assert site.shown["scope"] == "a b"

    def test_35_the_same_scope_is_not_asked_for_for_ever(self, site: Site) -> None:
        """Where it did not help, it is not asked for again, by no request."""
        site.sign_in()
        site.grants = [granted("more"), granted("still more")]
        seen: list[httpx2.Request] = []
        with client(site, seen, lambda request: answered(request, "never", "b")) as http:
            for _ in range(3):
                with pytest.raises(RejectedError):
                    http.post(URL, json={})
        assert len(site.host.opened) == 2
        assert len(seen) == 4


class TestTokens:
    def test_36_what_is_kept_does_not_show(self, site: Site) -> None:
        """Neither the index nor any file of keyhole's state holds a token."""
        record = site.sign_in()
        texts = [repr(record), *site.host.files.values()]
        assert not any("fake-token" in text or "fake-refresh" in text for text in texts)

    def test_37_refresh_tokens_are_among_the_grant_types(self, site: Site) -> None:
        """The client that is registered says that it renews its tokens."""
        site.sign_in()
        assert "refresh_token" in site.body(f"{ISSUER}/register")["grant_types"]

    @pytest.mark.parametrize("offered", [True, False])
    def test_38_offline_access_only_where_it_is_offered(self, site: Site, *, offered: bool) -> None:
        """It joins where the authorization server lists it, and a person is asked then."""
        site.challenge = 'Bearer scope="a"'
        site.metadata["scopes_supported"] = ["a", "offline_access"] if offered else ["a"]
        site.sign_in()
        assert site.shown["scope"] == ("a offline_access" if offered else "a")
        assert ("prompt" in site.shown) is offered

    def test_39_a_login_without_a_refresh_token_is_one(self, site: Site) -> None:
        """It is used until its end; then somebody has to sign in."""
        site.grants = [{"access_token": "fake-token", "token_type": "Bearer", "expires_in": 60}]
        site.sign_in()
        auth = site.auth(interactive=False)
        seen: list[httpx2.Request] = []
        with client(site, seen, lambda _: httpx2.Response(200), auth) as http:
            assert http.get(URL).status_code == 200
            site.host.time += 3600
            with pytest.raises(KeyholeError) as caught:
                http.get(URL)
        assert caught.value.exit_code == 4

    def test_40_a_rotated_refresh_token_is_kept(self, site: Site) -> None:
        """Each refresh sends the token that the one before gave."""
        site.sign_in()
        site.grants = [granted("second", refresh_token="fake-2"), granted("third")]
        seen: list[httpx2.Request] = []
        sent = []
        with client(site, seen, lambda _: httpx2.Response(200)) as http:
            for _ in range(2):
                site.host.time += 3600
                http.get(URL)
                sent.append(site.fields(f"{ISSUER}/token")["refresh_token"])
        assert sent == ["fake-refresh", "fake-2"]


class TestTransport:
    @pytest.mark.parametrize(
        "name", ["token_endpoint", "registration_endpoint", "authorization_endpoint"]
    )
    def test_41_the_endpoints_are_https(self, site: Site, name: str) -> None:
        """A plain http endpoint makes the metadata unusable."""
        site.metadata[name] = "http://auth.acme.example/x"
        refused(site, "bad_url")

    @pytest.mark.parametrize(
        "name", ["issuer", "registration_endpoint", "token_endpoint", "redirected"]
    )
    @pytest.mark.parametrize("address", ["10.0.0.7", "169.254.169.254", "127.0.0.1", "::1"])
    def test_42_no_endpoint_is_inside_somebodys_network(
        self, site: Site, name: str, address: str
    ) -> None:
        """What a public server names is not asked where its name means an inner address."""
        inner = "https://inner.example"
        site.host.addresses["inner.example"] = (address,)
        if name == "issuer":
            site.resource["authorization_servers"] = [inner]
        elif name == "redirected":
            site.pages[AS_METADATA] = Response(302, {"location": f"{inner}/x"})
        else:
            site.metadata[name] = f"{inner}/x"
        with pytest.raises(OutboundError, match="was not sent"):
            site.sign_in()
        assert not any(url.startswith(inner) for url in site.asked)

    def test_43_a_stdio_server_is_not_signed_in_to(
        self, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Its credentials come from its environment: `keyhole mcp auth` says so, and asks nobody."""
        entry = {"mcpServers": {"local": {"command": "mcp-local"}}}
        files = {".claude.json": entry}
        world = World(lambda **_: fake_machine(files=files), as_host(site))
        assert run(["mcp", "auth", "local"], world) == 1
        assert "takes its credentials from its environment" in capsys.readouterr().err
        assert not site.asked


def test_nobody_is_asked_where_nobody_is(site: Site) -> None:
    """A program without a person gets an error that says so; no browser opens."""
    auth = site.auth(interactive=False)
    with (
        client(site, [], lambda _: httpx2.Response(401), auth) as http,
        pytest.raises(InteractionRequiredError),
    ):
        http.get(URL)
    assert not site.host.opened


def test_a_renewal_meanwhile_is_no_answer(site: Site) -> None:
    """Who is asked again and does not come is not signed in by a token that was renewed by then."""
    login = Login.of(site.sign_in())

    def renewed(url: str) -> str:
        with site.host.memory.exclusive(login.key, timeout=0) as slot:
            assert slot.record
            slot.replace(evolve(slot.record, access_token=Secret("renewed")))
        return agrees(url, iss=ISSUER, state="another")

    site.host.person = renewed
    with pytest.raises(LoginFailedError):
        site.sign_in(forced=True)


def test_the_server_itself_is_no_authorization_server(site: Site) -> None:
    """Without metadata of its own nothing on its origin is taken for an endpoint."""
    site.pages = {f"{ORIGIN}/register": site.register, f"{ORIGIN}/token": site.token}
    error = refused(site, "no_metadata")
    assert "legacy_2025_03_26" in error.remedy
    assert all("/.well-known/" in url for url in site.asked)


def test_what_a_challenge_names_elsewhere_is_not_asked_and_that_is_said(site: Site) -> None:
    """A server that names metadata on another origin is neither followed nor taken for an old one."""
    del site.pages[f"{WELL_KNOWN}/mcp"]
    site.challenge = 'Bearer resource_metadata="https://meta.acme.example/prm?key=fake-secret"'
    error = refused(site, "no_metadata")
    assert "on another origin (https://meta.acme.example/prm)" in error.problem
    assert "legacy" not in error.remedy
    assert all(url.startswith(ORIGIN) for url in site.asked)


def client(
    site: Site,
    seen: list[httpx2.Request],
    answer: Callable[[httpx2.Request], httpx2.Response],
    auth: Any = None,
) -> httpx2.Client:
    """A client of the MCP server; what it sends ends up in `seen`."""

    def served(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return answer(request)

    transport = httpx2.MockTransport(served)
    return httpx2.Client(auth=auth or site.auth(), transport=transport, follow_redirects=True)


def answered(request: httpx2.Request, token: str, scope: str) -> httpx2.Response:
    """Lets one token in, and asks all others for more scope."""
    if request.headers.get("authorization") == f"Bearer {token}":
        return httpx2.Response(200)
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return httpx2.Response(403, headers={"www-authenticate": challenge})


def granted(token: str, **more: Any) -> dict[str, Any]:
    """An answer of the token endpoint."""
    return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more}


def test_each_requirement_has_a_test() -> None:
    """The table in the reference and the tests of this folder name the same requirements."""
    page = Path(__file__).parents[3] / "docs" / "reference" / "mcp-requirements.md"
    rows = re.findall(r"^\| (\d\d) \|", page.read_text(), re.MULTILINE)
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert len(rows) == 43
    assert set(re.findall(r"def test_(\d\d)_", tests)) == set(rows)
