-- What the scripts on a shard share. The forms of records are those of
-- package record; keys come in the order of keys.go.
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local DESTS, INDEX, STATE, CHANGES, GONE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local JOBS, OWED, OPEN, TRIES, MARKS = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local TOKENS, DEAD, UPDATES, WHEN, EPOCH, INTAKE = KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15], KEYS[16]
local EXPIRED, INBOX, DUE = KEYS[17], KEYS[18], KEYS[19]
local RINGS = 19 -- KEYS[RINGS + i] is the i-th ring
local BITMAP, BROADCAST, LAST = 66, 3, 3
local COUNT = '0' -- stands for how many an inbox dropped, among items
local DELIVERED, GIVENUP, UNKNOWN, DROPPED = 1, 2, 3, 4
local CANCELLED = '\9cancelled' -- ends the record of a job that was cancelled
local DOUBTED = '?' -- ends the token of an attempt that was settled as unknown
local BOXHEAD, BOXENTRY, BOXSIZE, JOBHEAD = 12, 17, 500, 24
local CHANGEKEEP, MAXTRIES, TOKENKEEP, RINGSIZE, DEADKEEP = 2000, 3, 256, 200, 1000

local function fenced(epoch, key)
  return tonumber(epoch) < tonumber(call('GET', key) or '0')
end

-- An owed set is a list ('L' and ordinals) or a bitmap ('B', count, bits).
local function listfind(set, o)
  local lo, hi = 0, (#set - 1) / 4
  while lo < hi do
    local mid = math.floor((lo + hi) / 2)
    if unpack('>I4', set, 2 + 4 * mid) < o then lo = mid + 1 else hi = mid end
  end
  local at = 2 + 4 * lo
  return at, at < #set and unpack('>I4', set, at) == o
end

local function has(set, o)
  if not set then return false end
  if set:byte(1) == BITMAP then
    local x = set:byte(6 + math.floor(o / 8))
    return x ~= nil and bit.band(x, bit.lshift(1, o % 8)) ~= 0
  end
  local _, is = listfind(set, o)
  return is
end

local function size(set)
  return set:byte(1) == BITMAP and unpack('>I4', set, 2) or (#set - 1) / 4
end

-- without returns a set that has o, without it; nil when that is empty.
local function without(set, o)
  if set:byte(1) == BITMAP then
    local n, i = unpack('>I4', set, 2), 6 + math.floor(o / 8)
    if n == 1 then return nil end
    local x = bit.band(set:byte(i), bit.bnot(bit.lshift(1, o % 8)))
    return 'B' .. pack('>I4', n - 1) .. set:sub(6, i - 1) .. string.char(x) .. set:sub(i + 1)
  end
  if #set == 5 then return nil end
  local at = listfind(set, o)
  return set:sub(1, at - 1) .. set:sub(at + 4)
end

-- with returns a set that lacks o, or nil, with it.
local function with(set, o)
  if not set then return 'L' .. pack('>I4', o) end
  if set:byte(1) == BITMAP then
    local n, i = unpack('>I4', set, 2), 6 + math.floor(o / 8)
    if #set < i then set = set .. string.rep('\0', i - #set) end
    local x = bit.bor(set:byte(i), bit.lshift(1, o % 8))
    return 'B' .. pack('>I4', n + 1) .. set:sub(6, i - 1) .. string.char(x) .. set:sub(i + 1)
  end
  local at = listfind(set, o)
  return set:sub(1, at - 1) .. pack('>I4', o) .. set:sub(at)
end

-- owedin returns the class in which an item is owed to o, and the set.
local function owedin(item, o)
  local sets = call('HMGET', OWED, item .. ':0', item .. ':1', item .. ':2', item .. ':3')
  for class = 0, LAST do
    if has(sets[class + 1], o) then return class, sets[class + 1] end
  end
end

-- unowe takes o out of a set that has it.
local function unowe(item, class, set, o)
  local rest = without(set, o)
  if rest then
    call('HSET', OWED, item .. ':' .. class, rest)
  else
    call('HDEL', OWED, item .. ':' .. class)
  end
end

-- count adds to an item's counters: owed, delivered, suspended, dead,
-- dropped, unknown.
local function count(item, ow, de, su, dd, dr, un)
  local job = call('HGET', JOBS, item)
  if not job then return end
  local a, b, c, d, e, f = unpack('>I4I4I4I4I4I4', job)
  call('HSET', JOBS, item, pack('>I4I4I4I4I4I4', a + ow, b + de, c + su, d + dd, e + dr, f + un) .. job:sub(25))
  if a + ow == 0 then
    call('ZREM', OPEN, item)
  elseif a == 0 then
    call('ZADD', OPEN, item, item)
  end
end

-- cancelled tells whether an item was.
local function cancelled(item)
  local job = call('HGET', JOBS, item)
  return job and job:sub(-#CANCELLED) == CANCELLED
end

-- varint reads a number of seven bits a byte, and tells where it ends.
local function varint(b, at)
  local n, unit = 0, 1
  while true do
    local x = b:byte(at)
    n, unit, at = n + x % 128 * unit, unit * 128, at + 1
    if x < 128 then return n, at end
  end
end

-- tells tells whether an attempt has the item. A mark is its version (1 byte),
-- ordinal (4 bytes), and numbers: epoch, tries, when, how many items, the items.
local function tells(mark, item)
  local n, x, at = 0, 0, 6
  for _ = 1, 3 do n, at = varint(mark, at) end
  n, at = varint(mark, at)
  for _ = 1, n do
    x, at = varint(mark, at)
    if string.format('%.0f', x) == item then return true end
  end
  return false
end

-- underway returns the ordinals that an attempt with an item is under way to.
local function underway(item)
  local under = {}
  for _, mark in ipairs(call('HVALS', MARKS)) do
    if tells(mark, item) then under[unpack('>I4', mark, 2)] = true end
  end
  return under
end

-- An inbox is when it is due (8 bytes), how many were dropped (4 bytes), and an
-- entry for each item: number (8 bytes), class (1 byte), since when (8 bytes).
-- The count of what was dropped can be begun and settled as item 0. dropbox
-- forgets an inbox, and putbox stores one, or forgets it when there is nothing in
-- it and no count.
local function dropbox(o)
  call('HDEL', INBOX, o)
  call('ZREM', DUE, o)
  call('HDEL', TRIES, COUNT .. ':' .. o)
end

local function boxcount(box) return box and unpack('>I4', box, 9) or 0 end

local function putbox(o, box)
  if #box <= BOXHEAD and boxcount(box) == 0 then
    dropbox(o)
  else
    call('HSET', INBOX, o, box)
    call('ZADD', DUE, string.format('%.0f', unpack('>I8', box)), o)
  end
end

-- shelvedin returns the class of an item in o's inbox, the inbox, and where in
-- it the item is.
local function shelvedin(item, o)
  local box = call('HGET', INBOX, o)
  local want = pack('>I8', tonumber(item))
  local at = (box or ''):find(want, BOXHEAD + 1, true)
  while at and (at - BOXHEAD - 1) % BOXENTRY > 0 do at = box:find(want, at + 1, true) end
  if at then return box:byte(at + 8), box, at end
end

-- shelf lists the items in o's inbox.
local function shelf(o)
  local box, found = call('HGET', INBOX, o), {}
  for at = BOXHEAD + 1, #(box or ''), BOXENTRY do
    found[#found + 1] = string.format('%.0f', unpack('>I8', box, at))
  end
  return found
end

-- outof counts the item of an inbox's entry as dropped.
local function outof(box, at, o)
  local item = string.format('%.0f', unpack('>I8', box, at))
  call('HDEL', TRIES, item .. ':' .. o)
  count(item, -1, 0, 0, 0, 1, 0)
end

-- shelve puts an item into o's inbox; due is that of a new one.
local function shelve(item, class, since, o, due)
  local box = (call('HGET', INBOX, o) or due .. pack('>I4', 0))
    .. pack('>I8', tonumber(item)) .. string.char(class) .. since
  while #box > BOXHEAD + BOXSIZE * BOXENTRY do
    outof(box, BOXHEAD + 1, o)
    box = box:sub(1, 8) .. pack('>I4', boxcount(box) + 1) .. box:sub(BOXHEAD + BOXENTRY + 1)
  end
  putbox(o, box)
end

-- debt returns the class in which an item is owed to o, and the set, or that in
-- which it is in o's inbox, and no set. The count of an inbox has class 0.
local function debt(item, o)
  if item == COUNT then return boxcount(call('HGET', INBOX, o)) > 0 and 0 or nil end
  local class, set = owedin(item, o)
  if class then return class, set end
  return (shelvedin(item, o))
end

-- clear takes o out of a set that has it, or without a set an item out of its
-- inbox.
local function clear(item, class, set, o)
  call('HDEL', TRIES, item .. ':' .. o)
  if set then return unowe(item, class, set, o) end
  local _, box, at = shelvedin(item, o)
  if box then putbox(o, box:sub(1, at - 1) .. box:sub(at + BOXENTRY)) end
end

-- Whom an item came too late for is written as groups: when (8 bytes), the
-- length of the set (4 bytes), the set. latein returns the field that has o
-- among its groups, and those without o.
local function latein(item, o)
  local sets = call('HMGET', EXPIRED, item .. ':0', item .. ':1', item .. ':2', item .. ':3')
  for class = 0, LAST do
    local groups, at = sets[class + 1] or '', 1
    while at < #groups do
      local n = unpack('>I4', groups, at + 8)
      local set = groups:sub(at + 12, at + 11 + n)
      if has(set, o) then
        local rest = without(set, o)
        local kept = rest and groups:sub(at, at + 7) .. pack('>I4', #rest) .. rest or ''
        return item .. ':' .. class, groups:sub(1, at - 1) .. kept .. groups:sub(at + 12 + n)
      end
      at = at + 12 + n
    end
  end
end

-- unexpire takes o off those an item came too late for and tells whether it
-- was one of them.
local function unexpire(item, o)
  local field, rest = latein(item, o)
  if not field then return false end
  if rest == '' then call('HDEL', EXPIRED, field) else call('HSET', EXPIRED, field, rest) end
  return true
end

-- missed lists the items that came too late for an ordinal.
local function missed(o)
  local found = {}
  for _, field in ipairs(call('HKEYS', EXPIRED)) do
    local item = field:match('^%d+')
    if latein(item, o) == field then found[#found + 1] = item end
  end
  return found
end

-- settlecount does to the count of o's inbox what a fate says.
local function settlecount(o, fate)
  local box = call('HGET', INBOX, o)
  if boxcount(box) == 0 then return end
  if fate == UNKNOWN and call('HINCRBY', TRIES, COUNT .. ':' .. o, 1) < MAXTRIES then return end
  call('HDEL', TRIES, COUNT .. ':' .. o)
  putbox(o, box:sub(1, 8) .. pack('>I4', 0) .. box:sub(BOXHEAD + 1))
end

-- settle does to one item what a fate says and tells whether it became a
-- dead letter.
local function settle(item, o, fate, suspended)
  if item == COUNT then
    settlecount(o, fate)
    return false
  end
  local class, set = debt(item, o)
  if not class then
    -- delivered is a fact, also when it expired while it was in flight
    if fate == DELIVERED and unexpire(item, o) then count(item, 0, 1, 0, 0, 0, 0) end
    return false
  end
  if fate == UNKNOWN then
    if class == BROADCAST then
      clear(item, class, set, o)
      count(item, -1, 1, 0, 0, 0, 1)
      return false
    end
    if cancelled(item) then
      clear(item, class, set, o)
      count(item, -1, 0, 0, 0, 1, 1)
      return false
    end
    if call('HINCRBY', TRIES, item .. ':' .. o, 1) < MAXTRIES then
      count(item, 0, 0, 0, 0, 0, 1)
      return false
    end
    clear(item, class, set, o)
    count(item, -1, 0, 0, 1, 0, 1)
    return true
  end
  clear(item, class, set, o)
  if fate == DELIVERED then
    count(item, -1, 1, 0, 0, 0, 0)
  elseif suspended then
    count(item, -1, 0, 1, 0, 0, 0)
  elseif fate == GIVENUP then
    count(item, -1, 0, 0, 1, 0, 0)
    return true
  else
    count(item, -1, 0, 0, 0, 1, 0)
  end
  return false
end

-- Of a destination's record, behind its version: flags, suspension, hold.
local function gone(record) return bit.band(record:byte(10), 2) ~= 0 end
local function suspended(record) return record and record:byte(11) ~= 0 end
local function hold(record) return unpack('>I8', record, 13) end

local function live(ordinal)
  local record = call('HGET', DESTS, ordinal)
  if record and not gone(record) then return record end
  return nil
end

-- putdest stores a record as the newest change. Readers older than the floor
-- read everything.
local function putdest(ordinal, record)
  local version = call('HINCRBY', STATE, 'version', 1)
  call('HSET', DESTS, ordinal, pack('>I8', version) .. record)
  call('ZADD', CHANGES, version, ordinal)
  if call('ZCARD', CHANGES) > CHANGEKEEP then
    call('HSET', STATE, 'floor', call('ZPOPMIN', CHANGES)[2])
  end
end

-- find returns the ordinal of a chat's destination.
local function find(chat, thread)
  local index = call('HGET', INDEX, chat)
  for i = 1, #(index or ''), 12 do
    if index:sub(i, i + 7) == thread then return unpack('>I4', index, i + 8) end
  end
end

-- debts lists what is owed to an ordinal, as item and class.
local function debts(o)
  local found = {}
  for _, item in ipairs(call('ZRANGE', OPEN, 0, -1)) do
    local class = owedin(item, o)
    if class then found[#found + 1] = { item, class } end
  end
  return found
end

-- inflight tells whether a message to an ordinal is on its way.
local function inflight(o)
  local marks = call('HGETALL', MARKS)
  for i = 1, #marks, 2 do
    if unpack('>I4', marks[i + 1], 2) == o then return true end
  end
  return false
end

-- Nothing is begun for a destination that is held: it is about to move to another
-- shard.
local function held(o) return call('HEXISTS', STATE, 'held:' .. o) == 1 end

-- retire leaves only a tombstone of a destination.
local function retire(ordinal, tombstone, now, ring)
  local marks = call('HGETALL', MARKS)
  for i = 1, #marks, 2 do
    if unpack('>I4', marks[i + 1], 2) == ordinal then call('HDEL', MARKS, marks[i]) end
  end
  call('DEL', ring)
  call('HDEL', STATE, 'held:' .. ordinal)
  dropbox(ordinal)
  call('ZADD', GONE, now, ordinal)
  putdest(ordinal, tombstone)
end
