# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the directories of a deployment to its checked description."""

from __future__ import annotations

import collections.abc as c
import dataclasses
import hashlib
import json
import typing as t

from ..addresses import address_of
from ..errors import ConfigurationError, ConfigurationErrors
from ..places import PlacedDict
from .addresses import address_range, read_networks, read_used_addresses
from .environment import read_environment
from .files import Sources, find_sources
from .fit import fit_mapping
from .host_rules import check_hosts
from .hosts import HostGroups, read_host_groups
from .merge import merge_files
from .merge_keys import MergeKeys
from .model import AddressRange, Configuration, Deployment, Environment
from .problems import Problems
from .provider_networks import container_cidr, read_overrides, read_provider_networks, reserved_addresses
from .reader import load_mapping
from .sections import check_section_names, normalise_sections
from .text_files import read_file


@dataclasses.dataclass(frozen=True)
class Written:
    """A deployment as it is written, merged: every key and value with its place.

    configuration: by normalised names of sections. environment: as the files of env.d have it.
    """

    configuration: PlacedDict
    environment: PlacedDict


def load_written(config_dir: str, environment_dir: str, read: c.Callable[[str], str] = read_file) -> Written:
    """What `load_deployment` checks, with all places, for those who ask where a value comes from. Raises as it does."""
    sources = find_sources(config_dir, environment_dir)
    problems = Problems()
    written = _load_written(sources, read, problems)
    problems.raise_errors(sources.files)
    return written


def load_deployment(config_dir: str, environment_dir: str, read: c.Callable[[str], str] = read_file) -> Deployment:
    """The deployment that a configuration directory describes.

    config_dir: the directory with `openstack_user_config.yml`, `conf.d` and `env.d`. environment_dir: the directory
    with the base `env.d`. read: gives the text of a file; what it raises goes through.
    Raises ConfigurationError for one mistake, ConfigurationErrors for several: all that can be told at once.
    """
    sources = find_sources(config_dir, environment_dir)
    problems = Problems()
    written = _load_written(sources, read, problems)
    sections = written.configuration
    source = {
        'configuration': fit_mapping(sections, problems),
        'environment': fit_mapping(written.environment, problems),
    }
    environment = read_environment(written.environment, problems)
    configuration = _read_configuration(sections, source['configuration'], environment, problems)
    problems.raise_errors(sources.files)
    return Deployment(
        configuration=configuration,
        environment=environment,
        warnings=problems.warnings,
        digest=_digest(source),
        files=sources.files,
        skipped=sources.skipped,
        source=source,
    )


def _load_written(sources: Sources, read: c.Callable[[str], str], problems: Problems) -> Written:
    mappings = _read(sources, read, problems)
    problems.raise_errors(sources.files)

    user_files = (*sources.user_configuration, *sources.parts)
    merged = merge_files((mappings[file] for file in user_files), problems, siblings=sources.parts)
    if not merged:
        raise _nothing_configured(user_files)
    environment = merge_files((mappings[file] for file in sources.environment), problems)
    return Written(normalise_sections(merged, problems), environment)


def _read(sources: Sources, read: c.Callable[[str], str], problems: Problems) -> dict[str, PlacedDict]:
    """The mapping of each file."""
    mappings: dict[str, PlacedDict] = {}
    merge_keys = MergeKeys()
    for file in sources.files:
        try:
            mappings[file] = load_mapping(read(file), file, merge_keys)
        except (ConfigurationError, ConfigurationErrors) as error:
            problems.add(error)
    merge_keys.warn(problems)
    return mappings


def _nothing_configured(files: c.Sequence[str]) -> ConfigurationError:
    names = ', '.join(f"'{file}'" for file in files)
    is_or_are = 'is' if len(files) == 1 else 'are'
    message = f'Nothing is configured: {names} {is_or_are} empty.'
    help_text = "Describe the deployment: 'cidr_networks', 'global_overrides' and groups of hosts."
    return ConfigurationError(message, None, help_text)


def _read_configuration(
    sections: PlacedDict, plain: dict[str, t.Any], environment: Environment, problems: Problems
) -> Configuration:
    """The user configuration; sections: by normalised name; plain: the same, fitted to JSON."""
    check_section_names(sections, environment, problems)
    before = len(problems)
    networks = read_networks(sections, problems)
    pools = sections.get('cidr_networks')
    pools = [name for name in pools if isinstance(name, str)] if isinstance(pools, PlacedDict) else []
    overrides = read_overrides(sections, problems)
    global_overrides = plain.get('global_overrides') or {}
    provider_networks = read_provider_networks(overrides, global_overrides, pools, environment)
    cidr = container_cidr(networks, provider_networks)
    if cidr is None and len(problems) == before:
        _refuse_missing_management(sections, problems)
    used = read_used_addresses(sections, problems)
    host_groups = read_host_groups(sections, plain, environment, problems)
    no_containers = bool(overrides.boolean('no_containers'))
    check_hosts(host_groups, sections, environment, no_containers, problems)
    reserved = (*used, *_host_addresses(host_groups), *reserved_addresses(overrides, provider_networks))
    return Configuration(
        host_groups=host_groups,
        networks=networks,
        container_cidr=cidr or [],
        reserved=tuple(dict.fromkeys(reserved)),
        global_overrides=global_overrides,
        provider_networks=provider_networks,
        no_containers=no_containers,
    )


def _refuse_missing_management(sections: PlacedDict, problems: Problems) -> None:
    """OSA documentation: containers are reached by the management network."""
    message = "There is no management network, neither in 'cidr_networks' nor marked among the provider networks."
    help_text = "Add 'management' to 'cidr_networks', or 'is_management_address: true' to a provider network."
    problems.error(message, sections.key_places['cidr_networks'], 'cidr_networks', help_text)


def _host_addresses(host_groups: HostGroups) -> t.Iterator[AddressRange]:
    texts = dict.fromkeys(
        text
        for hosts in host_groups.values()
        for entry in hosts.values()
        for text in (entry.ip, entry.management_ip)
        if text
    )
    return (address_range(address) for address in map(address_of, texts) if address)


def _digest(source: dict[str, t.Any]) -> str:
    """Keys keep their order in it: it is the order of hosts and groups in the inventory."""
    text = json.dumps(source, ensure_ascii=True, separators=(',', ':'), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
