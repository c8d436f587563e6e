# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Lua scripts that Redis runs for a write: each runs alone, with nothing in between.

Each script changes the data by one command at most. So what it did is never a half: an error has nothing to take back,
and the server logs a plain command instead of a transaction, which some versions drop when they start again with the
default user disabled (https://github.com/redis/redis/issues/14541).

Keys of a region: `head`, a hash with the newest state (`meta`, `payload`, `source`; '' for no source), and `older`, a
hash with the older ones (`SERIAL:meta`, `SERIAL:payload`, `SERIAL:source`). A state is copied to `older` before its
successor becomes the head, so `older` may have the head, too; only serials below the head's count as older.
"""

from __future__ import annotations

import dataclasses
import urllib.parse


@dataclasses.dataclass(frozen=True)
class Keys:
    """The names under which the server keeps a region.

    The part in braces is what Redis Cluster and its proxies place keys by, so that all keys of a region stay together.
    """

    prefix: str

    @classmethod
    def of(cls, tenant: str, region: str) -> Keys:
        """The keys of a region; no two regions share one, whatever characters their names have."""
        names = '/'.join(urllib.parse.quote(name, safe='') for name in (tenant, region))
        return cls(f'osa:{{{names}}}:')

    @property
    def head(self) -> str:
        """The newest state: a hash of account, payload and source."""
        return f'{self.prefix}head'

    @property
    def older(self) -> str:
        """The older states: a hash of the same three, by serial."""
        return f'{self.prefix}older'

    @property
    def lock(self) -> str:
        """Who holds the lock."""
        return f'{self.prefix}lock'


_MARKED = """
local function marked(text, mark) return text and string.find(text, mark, 1, true) end
"""

ARCHIVE = (
    _MARKED
    + """
local newest = redis.call('HMGET', KEYS[1], 'meta', 'payload', 'source')
if ARGV[1] == '' or not marked(newest[1], ARGV[1]) then return 0 end
local serial = ARGV[2]
return redis.call('HSET', KEYS[2], serial .. ':meta', newest[1], serial .. ':payload', newest[2] or '',
                  serial .. ':source', newest[3] or '')
"""
)
"""Copy the newest state to the older ones, if it is the base of a write.

KEYS: head, older. ARGV: the mark by which the account of the base is known ('' for a first state), and its serial.
"""

COMMIT = (
    _MARKED
    + """
local head, older = KEYS[1], KEYS[2]
local own_mark, base_mark, base_serial, serial = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local meta, payload, source = ARGV[5], ARGV[6], ARGV[7]

local current = redis.call('HGET', head, 'meta')
if marked(current, own_mark) then
    -- Written once more, so that a WAIT that follows waits for this write.
    redis.call('HSET', head, 'meta', current)
    return {'stored'}
end
if marked(redis.call('HGET', older, serial .. ':meta'), own_mark) then return {'stored'} end

if not current then
    local last = -1
    for _, field in ipairs(redis.call('HKEYS', older)) do
        last = math.max(last, tonumber(string.match(field, '^%d+')) or -1)
    end
    current = last >= 0 and redis.call('HGET', older, string.format('%d:meta', last))
end
if base_mark == '' then
    if current then return {'conflict', current} end
elseif not marked(current, base_mark) then
    return {'conflict', current or ''}
elseif not marked(redis.call('HGET', older, base_serial .. ':meta'), base_mark) then
    return {'unarchived'}
end
redis.call('HSET', head, 'meta', meta, 'payload', payload, 'source', source)
return {'stored'}
"""
)
"""Make a state the newest, if the newest is still its base and is kept among the older ones.

The answer is `stored`; or `conflict` and the account of the newest; or `unarchived`.
KEYS: head, older.
ARGV: the marks by which the account of this write and that of the base are known ('' for a first state), the serials
of the base and of this state, account, payload and source of this state.
"""

TRIM = (
    _MARKED
    + """
local current = redis.call('HGET', KEYS[1], 'meta')
if ARGV[1] ~= '' and not marked(current, ARGV[1]) then return {} end
local newest = current and tonumber(string.match(current, '"serial":(%d+)')) or math.huge
local serials = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
    local serial = tonumber(string.match(field, '^(%d+):meta$'))
    if serial and serial < newest then serials[#serials + 1] = serial end
end
table.sort(serials, function(left, right) return left > right end)
local dropped, fields = {}, {}
for position = tonumber(ARGV[2]) + 1, #serials do
    if #dropped == 1000 then break end
    local serial = string.format('%d', serials[position])
    dropped[#dropped + 1] = redis.call('HGET', KEYS[2], serial .. ':meta')
    for _, part in ipairs({':meta', ':payload', ':source'}) do fields[#fields + 1] = serial .. part end
end
if #fields > 0 then redis.call('HDEL', KEYS[2], unpack(fields)) end
return dropped
"""
)
"""Drop all but the newest of the older states, at most 1000; the answer is the accounts of the dropped, newest first.

KEYS: head, older. ARGV: the mark that the head must have ('' for any), how many older states to keep.
"""

REWRITE = (
    _MARKED
    + """
local prefix = ARGV[2]
if not marked(redis.call('HGET', KEYS[1], prefix .. 'meta'), ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], prefix .. 'meta', ARGV[3], prefix .. 'payload', ARGV[4], prefix .. 'source', ARGV[5])
return 1
"""
)
"""Put a state into another form, if it is still kept there; the answer is 1 if it was.

KEYS: head or older. ARGV: the mark by which its account is known, what the names of its fields begin with ('' in head),
account, payload and source.
"""

RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
"""Remove the lock if it is still the one given. KEYS: lock. ARGV: its text."""
