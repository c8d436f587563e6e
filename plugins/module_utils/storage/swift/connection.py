# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Swift is reached: the ways to log in, and what its refusals mean."""

from __future__ import annotations

import contextlib
import dataclasses
import ssl
import typing as t

from ...errors import (
    StateTooLarge,
    StorageError,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ..libraries import require

PACKAGE = 'python-swiftclient'
KEYSTONE_PACKAGE = 'keystoneauth1'
CLOUDS_PACKAGE = 'openstacksdk'
"""The pip packages that this storage needs: always, with Keystone, with clouds.yaml."""

_SERVICE = 'object-store'


class ContainerMissing(StorageRefused):
    """There is no such container, or none that this user can see; for an object, perhaps only no such object."""


class ObjectExists(StorageRefused):
    """There is an object where one was to be written only if there is none."""


class ObjectEmpty(StorageRefused):
    """There is an object with nothing in it, of which a part was asked for."""


class TokenExpired(StorageRefused):
    """The token is not accepted; nothing was done."""


@dataclasses.dataclass(frozen=True)
class Login:
    """Who logs in where: an entry of clouds.yaml, an application credential, or user and password.

    version: `1` for Swift's own authentication, `3` for Keystone.
    """

    cloud: str | None = None
    auth_url: str | None = None
    version: str = '3'
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    project_name: str | None = None
    user_domain_name: str = 'Default'
    project_domain_name: str = 'Default'
    application_credential_id: str | None = None
    application_credential_secret: str | None = dataclasses.field(default=None, repr=False)

    def missing(self) -> str | None:
        """The first option without which nobody can log in; None when nothing is missing."""
        if self.cloud:
            return None
        wanted = ['auth_url']
        if self.application_credential_id:
            wanted += ['application_credential_secret']
        else:
            wanted += ['username', 'password'] + (['project_name'] if self.version == '3' else [])
        return next((name for name in wanted if not getattr(self, name)), None)


@dataclasses.dataclass(frozen=True)
class TLSFiles:
    """Certificate authority, own certificate and its key; None for the machine's authorities and no certificate."""

    authority: str | None = None
    certificate: str | None = None
    key: str | None = None


@dataclasses.dataclass(frozen=True)
class Session:
    """Somebody who is logged in: address of the object store, token, and the library's connection."""

    url: str
    token: str = dataclasses.field(repr=False)
    http: t.Any


@dataclasses.dataclass(frozen=True)
class Access:
    """All that it takes to reach a container."""

    login: Login
    container: str
    region_name: str | None
    interface: str
    storage_url: str | None
    tls_files: TLSFiles
    timeout: float

    def __str__(self) -> str:
        """Container and place, for people."""
        place = f"cloud '{self.login.cloud}'" if self.login.cloud else f"'{self.login.auth_url}'"
        return f"Swift container '{self.container}' of {place}"

    def connect(self) -> Session:
        """Log in. Raises LibraryMissing, StorageOptionError and the errors of `boundary`."""
        client = require('swiftclient.client', PACKAGE)
        # By default it logs the beginning of tokens and of passwords.
        client.logger_settings['reveal_sensitive_prefix'] = 0
        keywords: dict[str, t.Any] = {
            'timeout': self.timeout,
            'cacert': self.tls_files.authority,
            'cert': self.tls_files.certificate,
            'cert_key': self.tls_files.key,
        }
        options = {'service_type': _SERVICE, 'endpoint_type': self.interface, 'region_name': self.region_name}
        if self.storage_url:
            options['object_storage_url'] = self.storage_url
        with self.boundary(logging_in=True):
            if self.login.version == '1' and not self.login.cloud:
                login = {'authurl': self.login.auth_url, 'user': self.login.username, 'key': self.login.password}
                connection = client.Connection(auth_version='1', **login, os_options=options, **keywords)
            else:
                session, from_cloud, tls = self._session()
                connection = client.Connection(session=session, os_options=options | from_cloud, **(keywords | tls))
            url, token = connection.get_auth()
        if not url:
            raise self._not_in_catalogue()
        return Session(url, token, connection.http_connection())

    def _session(self) -> tuple[t.Any, dict[str, t.Any], dict[str, t.Any]]:
        """A Keystone session; what clouds.yaml says of the object store and of TLS, as options of swiftclient."""
        if self.login.cloud:
            return self._cloud_session()
        identity = require('keystoneauth1.identity.v3', KEYSTONE_PACKAGE)
        if self.login.application_credential_id:
            plugin = identity.ApplicationCredential(
                auth_url=self.login.auth_url,
                application_credential_id=self.login.application_credential_id,
                application_credential_secret=self.login.application_credential_secret,
            )
        else:
            plugin = identity.Password(
                auth_url=self.login.auth_url,
                username=self.login.username,
                password=self.login.password,
                project_name=self.login.project_name,
                user_domain_name=self.login.user_domain_name,
                project_domain_name=self.login.project_domain_name,
            )
        files = self.tls_files
        session = require('keystoneauth1.session', KEYSTONE_PACKAGE).Session(
            auth=plugin,
            timeout=self.timeout,
            verify=files.authority or True,
            cert=(files.certificate, files.key) if files.certificate and files.key else files.certificate,
        )
        return session, {}, {}

    def _cloud_session(self) -> tuple[t.Any, dict[str, t.Any], dict[str, t.Any]]:
        config = require('openstack.config', CLOUDS_PACKAGE)
        exceptions = require('openstack.exceptions', CLOUDS_PACKAGE)
        try:
            cloud = config.OpenStackConfig().get_one(cloud=self.login.cloud)
        except exceptions.ConfigException:
            raise StorageOptionError(
                f"clouds.yaml has no usable entry '{self.login.cloud}'.",
                help_text='It is looked for in the current directory, ~/.config/openstack and /etc/openstack.',
            ) from None
        session = cloud.get_session()
        session.timeout = self.timeout
        verify, certificate = cloud.get_requests_verify_args()
        options = {
            'region_name': self.region_name or cloud.region_name or None,
            'endpoint_type': cloud.get_interface(_SERVICE) or self.interface,
        }
        tls: dict[str, t.Any] = {'cacert': verify if isinstance(verify, str) else None, 'insecure': verify is False}
        if isinstance(certificate, tuple):
            tls['cert'], tls['cert_key'] = certificate
        return session, options, tls

    @contextlib.contextmanager
    def boundary(self, *, writing: bool = False, logging_in: bool = False) -> t.Iterator[None]:
        """Turn all that the libraries raise into the errors of the contract.

        writing: whether a lost answer may mean that something was stored (then WriteUncertain).
        logging_in: whether it is about the identity service, and not about a container or an object.
        """
        kinds = _Kinds.imported(keystone=bool(self.login.cloud) or self.login.version == '3')
        try:
            yield
        # Not chained: what the libraries say may have addresses with user and password.
        except kinds.http as error:
            raise self._answered(error.http_status or 0, writing, logging_in) from None
        except kinds.identity as error:  # pylint: disable=catching-non-exception
            raise self._not_let_in(error, kinds) from None
        except kinds.transport as error:  # pylint: disable=catching-non-exception
            raise self._unreachable(error, writing) from None

    def _answered(self, status: int, writing: bool, logging_in: bool) -> StorageError:
        """The error for an answer with this HTTP status."""
        if status == 401 or (logging_in and status == 403):
            return (StorageRefused if logging_in else TokenExpired)(
                f'{self} refused the credentials.',
                help_text='Check user, password, project and domains, or the application credential.',
            )
        if status == 403:
            return StorageRefused(
                f'{self} does not allow the user what is needed here.',
                help_text="Grant what the page 'The swift storage' lists; `check` says what is missing.",
            )
        if status == 404 and not logging_in:
            return ContainerMissing(
                f'{self} does not exist, or the user may not see it.',
                help_text=f"Make it ('openstack container create {self.container}'), or set 'create: true'.",
            )
        if status == 412:
            return ObjectExists(f'{self} has that object already.')
        if status == 416:
            return ObjectEmpty(f'{self} has that object, and nothing is in it.')
        if status == 413:
            return StateTooLarge(
                f'{self} has no room for the state, or takes no object of its size.',
                help_text='Raise the quota of the container or of the account.',
            )
        reasons = {
            422: 'what arrived differs from what was sent',
            429: 'it asks to slow down',
            498: 'it asks to slow down',
        }
        reason = reasons.get(status, f'it answered with HTTP status {status}')
        if writing and status not in reasons:
            return self._uncertain(reason)
        return StorageUnreachable(f'{self} cannot be used now: {reason}.', help_text='Try again; look at its logs.')

    def _not_let_in(self, error: Exception, kinds: _Kinds) -> StorageError:
        """The error for what Keystone, or the way to it, said."""
        name = type(error).__name__
        if name == 'SSLError':
            return self._untrusted()
        if isinstance(error, kinds.identity_connection) or name in ('DiscoveryFailure', 'VersionNotAvailable'):
            return StorageUnreachable(
                f'The identity service of {self} cannot be reached.', help_text="Check 'auth_url' and the network."
            )
        status = getattr(error, 'http_status', 0)
        if status in (401, 403):
            return self._answered(401, writing=False, logging_in=True)
        if name in ('EndpointNotFound', 'EmptyCatalog'):
            return self._not_in_catalogue()
        if isinstance(status, int) and status >= 500:
            return self._answered(status, writing=False, logging_in=True)
        return StorageRefused(
            f'The identity service of {self} refused to log the user in ({name}).',
            help_text="Check the options for logging in, or the entry of 'cloud'.",
        )

    def _unreachable(self, error: Exception, writing: bool) -> StorageError:
        """The error for a connection that could not be made, or broke."""
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return self._untrusted()
        names = {type(cause).__name__ for cause in causes}
        if any('Timeout' in name for name in names):
            reason = f'no answer within {self.timeout:g} seconds'
        else:
            texts = (cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror)
            reason = next(texts, 'the connection was closed').lower()
        if writing and not names & {'NewConnectionError', 'ConnectTimeoutError', 'ConnectTimeout'}:
            return self._uncertain(reason)
        return StorageUnreachable(
            f'{self} cannot be reached: {reason}.', help_text='Check that it runs, its address, and the network.'
        )

    def _uncertain(self, reason: str) -> WriteUncertain:
        return WriteUncertain(
            f'The answer of {self} to a write was lost: {reason}.',
            help_text='Run again: the next run goes on with what is stored, whether that is this write or not.',
        )

    def _not_in_catalogue(self) -> StorageRefused:
        return StorageRefused(
            f'{self} is not reachable: the catalogue has no object store.',
            help_text="Check 'region_name' and 'interface', or name the object store in 'storage_url'.",
        )

    def _untrusted(self) -> StorageRefused:
        return StorageRefused(
            f'{self} shows a certificate that cannot be verified.',
            help_text="Set 'tls_ca_file' to the authority that issued it, and use the host name it was issued for.",
        )


@dataclasses.dataclass(frozen=True)
class _Kinds:
    """The classes of errors that the libraries raise."""

    http: type[t.Any]
    transport: tuple[type[Exception], ...]
    identity: tuple[type[Exception], ...] = ()
    identity_connection: tuple[type[Exception], ...] = ()

    @classmethod
    def imported(cls, *, keystone: bool) -> _Kinds:
        """Raises LibraryMissing."""
        transport = (
            require('requests.exceptions', 'requests').RequestException,
            require('urllib3.exceptions', 'urllib3').HTTPError,
            OSError,
        )
        http = require('swiftclient.exceptions', PACKAGE).ClientException
        if not keystone:
            return cls(http, transport)
        errors = require('keystoneauth1.exceptions', KEYSTONE_PACKAGE)
        return cls(http, transport, (errors.ClientException,), (errors.ConnectionError,))


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    """The error and all that is wrapped in it: these libraries also hide causes among arguments."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__, getattr(cause, 'reason', None), *cause.args]
