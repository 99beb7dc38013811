-- Withdraws all that is owed of an item, for good, but for what is under way. ARGV
-- item, what a job is but for its counters of which nothing was known.
local item = ARGV[1]
local job = call('HGET', JOBS, item) or pack('>I4I4I4I4I4I4', 0, 0, 0, 0, 0, 0) .. ARGV[2]

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
local function tells(mark)
  local n, x, at = 0, 0, 6
  for _ = 1, 3 do n, at = varint(mark, at) end
  n, at = varint(mark, at)
  for _ = 1, n do
    x, at = varint(mark, at)
    if string.format('%.0f', x) == item then return true end
  end
  return false
end
local under = {}
for _, mark in ipairs(call('HVALS', MARKS)) do
  if tells(mark) then under[unpack('>I4', mark, 2)] = true end
end

local left = 0
for class = 0, LAST do
  local field, rest = item .. ':' .. class, nil
  local set = call('HGET', OWED, field)
  for o in pairs(under) do
    if has(set, o) then rest, left = with(rest, o), left + 1 end
  end
  if rest then call('HSET', OWED, field, rest) else call('HDEL', OWED, field) end
end
for _, field in ipairs(call('HKEYS', TRIES)) do
  if field:sub(1, #item + 1) == item .. ':' then call('HDEL', TRIES, field) end
end
for _, o in ipairs(call('HKEYS', INBOX)) do
  if shelvedin(item, o) then
    if under[tonumber(o)] then left = left + 1 else clear(item, nil, nil, o) end
  end
end
local _, at = varint(job, JOBHEAD + 2) -- behind the version: since when
_, at = varint(job, at) -- until when
call('HSET', JOBS, item, job:sub(1, at - 1) .. CANCELLED)
local gone = unpack('>I4', job) - left
count(item, -gone, 0, 0, 0, gone, 0)
return 'OK'
