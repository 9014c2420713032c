"""What the server does in one piece: each script is atomic, and may be sent twice.

A record and its lease are two keys with the same hash tag, so that a cluster has them in one slot:

`PREFIX{DIGEST}`        a hash: `record`, the text that is kept; `holder`, who took the key last;
                        `fence`, how often it was taken; `step`, the last write of that holder
`PREFIX{DIGEST}:lease`  who holds it now; it ends by itself

The right to write is decided in the hash: who took the key last may write, also past its lease as
long as nobody else took it; whoever another took it from never may again. So a lease that was lost
with a restart, or evicted, costs exclusion for a moment and never a record. Nor does a hash that a
restart or a failover set back: a fence that is older than the writer's, or missing, says that the
server forgot, and not that another came; the writer's is then put back.
"""

from __future__ import annotations

__all__ = ["DELETE", "KEEP", "RELEASE", "REPLACE", "TAKE"]

# The same holder again is who asked before, and did not hear the answer.
TAKE = """
local held = redis.call('GET', KEYS[2])
if held and held ~= ARGV[1] then
  return {0, held, redis.call('PTTL', KEYS[2])}
end
if held then
  return {1, redis.call('HGET', KEYS[1], 'fence') or '0', 0}
end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'step', 0)
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {1, tostring(fence), 0}
"""
"""Takes a key: ARGV holder, milliseconds; {1, fence, 0}, or {0, who has it, milliseconds left}."""

_MAY_WRITE = """
local lease = redis.call('GET', KEYS[2])
local holder = redis.call('HGET', KEYS[1], 'holder')
local said = redis.call('HGET', KEYS[1], 'fence') or '0'
local fence, mine = tonumber(said), tonumber(ARGV[3])
local same = holder == ARGV[1] or not holder
if (lease and lease ~= ARGV[1]) or fence > mine or (fence == mine and not same) then
  return {0, said}
end
if holder ~= ARGV[1] or fence < mine then
  redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'fence', ARGV[3], 'step', 0)
end
"""

_NOT_YET = """
if tonumber(ARGV[4]) <= tonumber(redis.call('HGET', KEYS[1], 'step') or '0') then
  return {2, ''}
end
"""

KEEP = (
    _MAY_WRITE
    + """
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {1, ''}
"""
)
"""Holds on to a key that was taken: ARGV holder, milliseconds, fence; {1, ''}, or {0, fence} where
another has taken the key since."""

REPLACE = (
    _MAY_WRITE
    + _NOT_YET
    + """
redis.call('HSET', KEYS[1], 'record', ARGV[5], 'step', ARGV[4])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {1, redis.sha1hex(redis.call('HGET', KEYS[1], 'record'))}
"""
)
"""Keeps a record: ARGV holder, milliseconds, fence, step, text; {1, SHA-1 of what is kept}, {2, ''}
where this step was done before, {0, fence} where another has taken the key since."""

DELETE = (
    _MAY_WRITE
    + _NOT_YET
    + """
redis.call('HDEL', KEYS[1], 'record')
redis.call('HSET', KEYS[1], 'step', ARGV[4])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {1, ''}
"""
)
"""Forgets a record, as `REPLACE` keeps one."""

RELEASE = """
if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
return 1
"""
"""Lets go of a key that this holder still has: ARGV holder."""
