#!lua name=docker_anomalies_v2
-- revision: 4
--
-- What docker-anomalies does inside Redis (7.0 or later), because it must be atomic. Called by name with
-- FCALL; docs/wire-format.md has the keys. Raise the revision, here and in library.h, with every change; with one
-- that a former binary cannot live with, the number in the names, so that both versions can stay side by side.
-- A script is not rolled back when it fails half-way: each function checks first and writes afterwards.

local MAX_PAYLOAD = 1048576   -- bytes, as WireLimits::payload_bytes
local MAX_HOST = 255          -- bytes of a host name
local MAX_PRODUCERS = 1024    -- hosts remembered per shard
local MAX_RETIRED = 8         -- former epochs remembered per host
local MAX_MEMBERS = 1000      -- analyzers
local MAX_ORDERS = 64         -- of one shard that wait to be carried out
local MAX_ORDER = 131072      -- bytes of an order
local MAX_BUNDLE = 16777216   -- bytes of what an order may bring along
local MAX_STATUS = 32768      -- bytes of what a collector says of itself, as kLongestStatus
local STATUS_TTL = 604800000  -- ms: a host that said nothing for so long is forgotten
local STATUS_DEAF = 15000     -- ms: a collector that said nothing for so long may be replaced by one that began earlier

-- A decimal number below 10^15, exact as a Lua number; nil for anything else.
local function whole(text)
  if type(text) == 'string' and #text <= 15 and text:find('^%d+$') then return tonumber(text) end
  return nil
end

local function status(word) return redis.status_reply(word) end

-- A producer is kept as "epoch seq seconds retired...": its run, the last sequence number accepted, when
-- that was, and the former runs, latest first.
local function parse_producer(text)
  local words = {}
  for word in text:gmatch('%S+') do words[#words + 1] = word end
  local producer = { epoch = words[1], seq = whole(words[2]) or 0, seconds = whole(words[3]) or 0, retired = {} }
  for i = 4, #words do producer.retired[#producer.retired + 1] = words[i] end
  return producer
end

local function is_retired(producer, epoch)
  for _, former in ipairs(producer.retired) do
    if former == epoch then return true end
  end
  return false
end

local function forget_longest_silent(producers)
  local rows = redis.call('HGETALL', producers)
  local silent, since
  for i = 1, #rows, 2 do
    local seconds = parse_producer(rows[i + 1]).seconds
    if not since or seconds < since then silent, since = rows[i], seconds end
  end
  if silent then redis.call('HDEL', producers, silent) end
end

-- da_append {sN}:q {sN}:producers, host epoch seq limit payload [after]
-- Adds a batch once, however often it is sent. Replies:
--   OK       added; a jump forward in seq is accepted: the batches between were lost before Redis
--   DUP      seq was accepted before: nothing to do
--   FULL     the stream holds `limit` entries: send it again later
--   STALE    a later run of this host has been heard: these batches are not wanted any more
--   GAP      `after` (the batch sent just before in the same pipeline) was not accepted: go back to it
--   INVALID  will never be accepted
local function append(keys, args)
  local host, epoch, payload = args[1], args[2], args[5]
  local seq, limit = whole(args[3]), whole(args[4])
  local after = 0
  if args[6] then after = whole(args[6]) end
  if #keys ~= 2 or not payload or not seq or not limit or not after or #host == 0 or #host > MAX_HOST
      or #epoch > 20 or not epoch:find('^%d+$') or #payload > MAX_PAYLOAD then
    return status('INVALID')
  end
  local stream, producers = keys[1], keys[2]

  local row = redis.call('HGET', producers, host)
  local producer = row and parse_producer(row) or nil
  local retired = {}
  if producer and producer.epoch == epoch then
    if seq <= producer.seq then return status('DUP') end
    if after > producer.seq then return status('GAP') end
    retired = producer.retired
  else
    if after > 0 then return status('GAP') end
    if producer then
      if is_retired(producer, epoch) then return status('STALE') end
      retired = producer.retired
      table.insert(retired, 1, producer.epoch)
      retired[MAX_RETIRED + 1] = nil
    end
  end
  if redis.call('XLEN', stream) >= limit then return status('FULL') end

  if not producer and redis.call('HLEN', producers) >= MAX_PRODUCERS then forget_longest_silent(producers) end
  local words = { epoch, args[3], redis.call('TIME')[1] }
  for _, former in ipairs(retired) do words[#words + 1] = former end
  redis.call('XADD', stream, '*', 'b', payload)
  redis.call('HSET', producers, host, table.concat(words, ' '))
  return status('OK')
end

-- da_lease KEY, look|acquire|renew|release token ttl_ms
-- An exclusive right that lapses by itself. The token is random and used for one tenure only, so who has
-- the token has been the only one since it acquired. Replies: OK (look: it is free) | BUSY (another's) |
-- LOST (not ours).
local function lease(keys, args)
  local verb, token, ttl = args[1], args[2], whole(args[3])
  if #keys ~= 1 or not token or #token == 0 or not ttl or ttl == 0 then
    return redis.error_reply('ERR da_lease: bad arguments')
  end
  local holder = redis.call('GET', keys[1])
  if verb == 'look' then
    if not holder then return status('OK') end
    -- It lapses by the wall clock: had that been set back, a dead holder would keep it for as long. (An old
    -- users.acl may forbid to ask.)
    local left = redis.pcall('PTTL', keys[1])
    if type(left) == 'number' and left > ttl then redis.call('PEXPIRE', keys[1], args[3]) end
    return status('BUSY')
  end
  if verb == 'acquire' then
    if holder and holder ~= token then return status('BUSY') end
    redis.call('SET', keys[1], token, 'PX', args[3])
    return status('OK')
  end
  if holder ~= token then return status('LOST') end
  if verb == 'renew' then
    redis.call('PEXPIRE', keys[1], args[3])
  elseif verb == 'release' then
    redis.call('DEL', keys[1])
  else
    return redis.error_reply('ERR da_lease: unknown verb')
  end
  return status('OK')
end

-- da_member KEY, beat|leave name ttl_ms
-- Who works on the streams: each beats several times within the ttl. Replies with the names of all that live.
local function member(keys, args)
  local verb, name, ttl = args[1], args[2], whole(args[3])
  if #keys ~= 1 or not name or #name == 0 or #name > MAX_HOST or not ttl or ttl == 0 then
    return redis.error_reply('ERR da_member: bad arguments')
  end
  local time = redis.call('TIME')
  local now = whole(time[1]) * 1000 + math.floor(whole(time[2]) / 1000)
  redis.call('ZREMRANGEBYSCORE', keys[1], '-inf', string.format('(%.0f', now - ttl))
  -- Who beat in the future did so before the clock was set back: as if now, or a dead one would live for long.
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', keys[1], string.format('(%.0f', now), '+inf')) do
    redis.call('ZADD', keys[1], string.format('%.0f', now), other)
  end
  if verb == 'beat' then
    redis.call('ZADD', keys[1], string.format('%.0f', now), name)
  else
    redis.call('ZREM', keys[1], name)
  end
  return redis.call('ZRANGE', keys[1], 0, MAX_MEMBERS - 1)
end

local function require_type(key, wanted)
  local is = redis.call('TYPE', key).ok
  if is ~= 'none' and is ~= wanted then error('da_commit: ' .. key .. ' is a ' .. is .. ', not a ' .. wanted) end
end

-- da_commit lease q pos counters seen threads outbox parts parts:changed known known:changed [alerts orders],
--   token position minid HASH{seen} HASH{threads} HASH{outbox} HASH{parts} HASH{known} [HASH{alerts} HASH{orders}]
--   COUNTERS
-- where HASH is a count and that many pairs to set, then a count and that many fields to delete, and COUNTERS a
-- count and that many pairs. A binary of revision 2 gives neither alerts nor orders: both stay as they are.
-- Saves what the shard's holder knows together with how far it has read, and drops what was read from the
-- stream: everything below minid, the first id after position. Each commit has a number, kept among the
-- counters; *:changed has the number of the commit that set a field of the hash last.
-- Replies: OK | STALE (the lease is not ours).
local function commit(keys, args)
  local at = 1
  local function take()
    local value = args[at]
    if value == nil then error('da_commit: arguments missing') end
    at = at + 1
    return value
  end
  local function take_list(width)
    local count = whole(take())
    if not count then error('da_commit: bad count') end
    local list = {}
    for i = 1, count * width do list[i] = take() end
    return list
  end

  if #keys ~= 11 and #keys ~= 13 then error('da_commit: bad number of keys') end
  if redis.call('GET', keys[1]) ~= take() then return status('STALE') end
  local stream, pos, counters = keys[2], keys[3], keys[4]
  local position, minid = take(), take()
  if not position:find('^%d+%-%d+$') or not minid:find('^%d+%-%d+$') then error('da_commit: bad position') end
  local hashes = {
    { key = keys[5] }, { key = keys[6] }, { key = keys[7] },
    { key = keys[8], changed = keys[9] }, { key = keys[10], changed = keys[11] },
  }
  for i = 12, #keys do hashes[#hashes + 1] = { key = keys[i] } end
  for _, hash in ipairs(hashes) do
    hash.set, hash.delete = take_list(2), take_list(1)
    require_type(hash.key, 'hash')
    if hash.changed then require_type(hash.changed, 'zset') end
  end
  local added = take_list(2)
  for i = 2, #added, 2 do
    if not whole(added[i]) then error('da_commit: bad counter') end
  end
  if at ~= #args + 1 then error('da_commit: too many arguments') end
  require_type(stream, 'stream')
  require_type(pos, 'string')
  require_type(counters, 'hash')
  local number = whole(redis.call('HGET', counters, 'commits') or '0')
  if not number then error('da_commit: the number of commits is spoilt') end

  number = string.format('%.0f', number + 1)
  redis.call('HSET', counters, 'commits', number)
  redis.call('SET', pos, position)
  redis.call('XTRIM', stream, 'MINID', '=', minid)
  for _, hash in ipairs(hashes) do
    for _, field in ipairs(hash.delete) do
      redis.call('HDEL', hash.key, field)
      if hash.changed then redis.call('ZREM', hash.changed, field) end
    end
    for i = 1, #hash.set, 2 do
      redis.call('HSET', hash.key, hash.set[i], hash.set[i + 1])
      if hash.changed then redis.call('ZADD', hash.changed, number, hash.set[i]) end
    end
  end
  -- Last and guarded: a counter that someone has spoilt by hand must not undo the rest.
  for i = 1, #added, 2 do redis.pcall('HINCRBY', counters, added[i], added[i + 1]) end
  return status('OK')
end

-- da_order {sN}:orders, id order [bundle]
-- Leaves an operator's order for the shard's holder, who carries it out and deletes it in one commit. Replies: OK |
-- FULL (as many wait as may wait: nobody carries them out) | INVALID.
local function order(keys, args)
  local id, text, bundle = args[1], args[2], args[3]
  if #keys ~= 1 or not text or not id:find('^[a-z0-9-]+$') or #id > 64 or #text > MAX_ORDER
      or (bundle and #bundle > MAX_BUNDLE) then
    return status('INVALID')
  end
  -- An order that brings a bundle takes two fields.
  if redis.call('HLEN', keys[1]) >= 2 * MAX_ORDERS then return status('FULL') end
  if bundle then redis.call('HSET', keys[1], id .. '.bundle', bundle) end
  redis.call('HSET', keys[1], id, text)
  return status('OK')
end

-- A row of {s0}:collectors is "heard began text": when it came, in ms by this clock, when its collector began, in ms by
-- its own, and what it said.
local function parse_status(row)
  local heard, began = row:match('^(%d+) (%d+) ')
  return whole(heard) or 0, whole(began) or 0
end

local function forget_longest_deaf(key)
  local rows = redis.call('HGETALL', key)
  local deaf, since
  for i = 1, #rows, 2 do
    local heard = parse_status(rows[i + 1])
    if not since or heard < since then deaf, since = rows[i], heard end
  end
  if deaf then redis.call('HDEL', key, deaf) end
end

-- da_status {s0}:collectors, host began row
-- Keeps what a collector says of itself, with the time of Redis, whose clock is one for all. Replies:
--   OK       kept
--   STALE    a collector of this host that began later speaks
--   INVALID  will never be kept
local function keep_status(keys, args)
  local host, began, row = args[1], whole(args[2]), args[3]
  if #keys ~= 1 or not row or not began or #host == 0 or #host > MAX_HOST or #row > MAX_STATUS then
    return status('INVALID')
  end
  local time = redis.call('TIME')
  local now = whole(time[1]) * 1000 + math.floor(whole(time[2]) / 1000)
  local former = redis.call('HGET', keys[1], host)
  if former then
    local heard, other = parse_status(former)
    if other > began and heard <= now and now - heard < STATUS_DEAF then return status('STALE') end
  elseif redis.call('HLEN', keys[1]) >= MAX_PRODUCERS then
    forget_longest_deaf(keys[1])
  end
  redis.call('HSET', keys[1], host, string.format('%.0f %.0f ', now, began) .. row)
  redis.call('PEXPIRE', keys[1], string.format('%.0f', STATUS_TTL))
  return status('OK')
end

-- da_peek {sN}:q, position
-- Id, size in bytes, and number of names and values of the first entry after `position`; nil if there is
-- none. For a reader that must get past an entry which is too large to fetch.
local function peek(keys, args)
  local entry = redis.call('XRANGE', keys[1], '(' .. args[1], '+', 'COUNT', 1)[1]
  if not entry then return nil end
  local size = 0
  for _, text in ipairs(entry[2]) do size = size + #text end
  return { entry[1], size, #entry[2] }
end

-- The collector's append and an operator's order may fail for want of memory. The analyzer's calls must not: they make room.
-- A status is small, and just then it is wanted.
redis.register_function{ function_name = 'da_append_v2', callback = append }
redis.register_function{ function_name = 'da_lease_v2', callback = lease, flags = { 'allow-oom' } }
redis.register_function{ function_name = 'da_member_v2', callback = member, flags = { 'allow-oom' } }
redis.register_function{ function_name = 'da_commit_v2', callback = commit, flags = { 'allow-oom' } }
redis.register_function{ function_name = 'da_order_v2', callback = order }
redis.register_function{ function_name = 'da_peek_v2', callback = peek, flags = { 'no-writes', 'allow-oom' } }
redis.register_function{ function_name = 'da_status_v2', callback = keep_status, flags = { 'allow-oom' } }
