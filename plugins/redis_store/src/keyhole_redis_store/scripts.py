"""What the server does in one piece: each script is atomic, and may be sent twice.

A record and its lease are two keys with the same hash tag, so that a cluster has them in one slot:

`PREFIX{DIGEST}`        a hash: `record`, the text that is kept; `holder`, who took the key last;
                        `fence`, how often it was taken; `step`, the last write of that holder
`PREFIX{DIGEST}:lease`  who holds it now; it ends by itself

The right to write is decided in the hash: who took the key last may write, also past its lease as
long as nobody else took it; whoever another took it from never may again. So a lease that was lost
with a restart, or evicted, costs exclusion for a moment and never a record.
"""

from __future__ import annotations

__all__ = ["DELETE", "RELEASE", "REPLACE", "TAKE"]

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
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then
  return {0, redis.call('HGET', KEYS[1], 'fence') or '0'}
end
if tonumber(ARGV[3]) <= tonumber(redis.call('HGET', KEYS[1], 'step')) then
  return {2, ''}
end
"""

REPLACE = (
    _MAY_WRITE
    + """
redis.call('HSET', KEYS[1], 'record', ARGV[4], 'step', ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {1, redis.sha1hex(redis.call('HGET', KEYS[1], 'record'))}
"""
)
"""Keeps a record: ARGV holder, milliseconds, step, text; {1, SHA-1 of what is kept}, {2, ''} where
this step was done before, {0, fence} where another has taken the key since."""

DELETE = (
    _MAY_WRITE
    + """
redis.call('HDEL', KEYS[1], 'record')
redis.call('HSET', KEYS[1], 'step', ARGV[3])
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
