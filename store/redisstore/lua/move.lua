-- One step of a migration in one shard, if everything is as it was read. ARGV
-- now (ms), 1: what is handed over is to be counted, which an earlier run of this
-- step has not done, the shard's token when the migration was found not to be done,
-- its next token, then eight lists, each led by how many entries it has:
--   index entries: chat, entry read, entry to be ('': none)
--   records: ordinal, version read (8 bytes, '': new), record
--   retired: ordinal, version read, tombstone, what it was owed
--   adopted: ordinal, item, class, job but for its counters
--   late: ordinal, item, class, when (8 bytes), job but for its counters
--   shelved: ordinal, item, class, since when (8 bytes), when a new inbox is due
--     (8 bytes), job but for its counters
--   counts: ordinal, how many an inbox dropped, when a new one is due (8 bytes)
--   sent: number of the ring, entry
-- The rings of the retired come first in KEYS, then those of the entries.
local now, first, at = ARGV[1], ARGV[2] == '1', 5
local function list(width)
  local n, rows = tonumber(ARGV[at]), {}
  at = at + 1
  for i = 1, n do
    local row = {}
    for j = 1, width do row[j] = ARGV[at + j - 1] end
    rows[i], at = row, at + width
  end
  return rows
end
local index, records, retired, adopted = list(3), list(3), list(4), list(4)
local late, shelved, counts, sent = list(5), list(6), list(3), list(2)

local function stands(ordinal, version)
  local record = call('HGET', DESTS, ordinal)
  return (record and record:sub(1, 8) or '') == version
end
if (call('HGET', STATE, 'token') or '') ~= ARGV[3] then return 'CONFLICT' end
for _, x in ipairs(index) do
  if (call('HGET', INDEX, x[1]) or '') ~= x[2] then return 'CONFLICT' end
end
for _, x in ipairs(records) do
  if not stands(x[1], x[2]) then return 'CONFLICT' end
end
local owed = {}
for i, x in ipairs(retired) do
  owed[i] = debts(tonumber(x[1]))
  local told = ''
  for _, d in ipairs(owed[i]) do told = told .. d[1] .. ':' .. d[2] .. ' ' end
  if told ~= x[4] or not stands(x[1], x[2]) then return 'CONFLICT' end
  if not held(x[1]) and inflight(tonumber(x[1])) then return 'INFLIGHT' end
end

for i, x in ipairs(retired) do
  for _, d in ipairs(owed[i]) do
    -- read anew: one retired before may have been in the same set
    local class, set = owedin(d[1], tonumber(x[1]))
    clear(d[1], class, set, tonumber(x[1]))
    count(d[1], -1, 0, 0, 0, 0, 0)
  end
  for _, item in ipairs(missed(tonumber(x[1]))) do unexpire(item, tonumber(x[1])) end
  for _, item in ipairs(shelf(tonumber(x[1]))) do
    clear(item, nil, nil, tonumber(x[1]))
    count(item, -1, 0, 0, 0, 0, 0)
  end
  retire(tonumber(x[1]), x[3], now, KEYS[RINGS + i])
end
-- An ordinal was given out before; that may have been lost since, with a server.
local last = tonumber(call('HGET', STATE, 'last') or '0')
for _, x in ipairs(records) do
  last = math.max(last, tonumber(x[1]))
  putdest(x[1], x[3])
end
call('HSET', STATE, 'last', last, 'token', ARGV[4])
for _, x in ipairs(index) do
  if x[3] == '' then call('HDEL', INDEX, x[1]) else call('HSET', INDEX, x[1], x[3]) end
end
local function known(item, tail)
  if call('HEXISTS', JOBS, item) == 0 then
    call('HSET', JOBS, item, pack('>I4I4I4I4I4I4', 0, 0, 0, 0, 0, 0) .. tail)
  end
end
-- adopt makes an item known that is to be owed here, and tells whether it may
-- be: what was cancelled here is dropped.
local function adopt(item, tail)
  known(item, tail)
  if not cancelled(item) then return true end
  if first then count(item, 0, 0, 0, 0, 1, 0) end
  return false
end
for _, x in ipairs(adopted) do
  local o, item, field = tonumber(x[1]), x[2], x[2] .. ':' .. x[3]
  if not debt(item, o) and not latein(item, o) and adopt(item, x[4]) then
    call('HSET', OWED, field, with(call('HGET', OWED, field), o))
    count(item, 1, 0, 0, 0, 0, 0)
  end
end
for _, x in ipairs(late) do
  local o, item, field = tonumber(x[1]), x[2], x[2] .. ':' .. x[3]
  if not debt(item, o) and not latein(item, o) then
    known(item, x[5])
    call('HSET', EXPIRED, field, (call('HGET', EXPIRED, field) or '') .. x[4] .. pack('>I4', 5) .. 'L' .. pack('>I4', o))
  end
end
for _, x in ipairs(shelved) do
  local o, item = tonumber(x[1]), x[2]
  if not debt(item, o) and not latein(item, o) and adopt(item, x[6]) then
    count(item, 1, 0, 0, 0, 0, 0)
    shelve(item, tonumber(x[3]), x[4], o, x[5])
  end
end
for _, x in ipairs(first and counts or {}) do
  local o = tonumber(x[1])
  local box = call('HGET', INBOX, o) or x[3] .. pack('>I4', 0)
  putbox(o, box:sub(1, 8) .. pack('>I4', boxcount(box) + tonumber(x[2])) .. box:sub(BOXHEAD + 1))
end
for _, x in ipairs(sent) do
  local ring = KEYS[RINGS + #retired + tonumber(x[1])]
  local known = false
  for _, y in ipairs(call('LRANGE', ring, 0, -1)) do known = known or y == x[2] end
  if not known then
    call('LPUSH', ring, x[2])
    call('LTRIM', ring, 0, RINGSIZE - 1)
  end
end
return 'OK'
