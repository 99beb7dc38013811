-- Moves whom an item came too late for off what is owed. ARGV epoch, item,
-- class, when (8 bytes), set of ordinals. Returns how many were owed it.
if fenced(ARGV[1], EPOCH) then return 'FENCED' end
local item, field, given = ARGV[2], ARGV[2] .. ':' .. ARGV[3], ARGV[5]
local set = call('HGET', OWED, field)
if not set then return 0 end

-- ordinals lists a set's.
local function ordinals(s)
  local list = {}
  if s:byte(1) ~= BITMAP then
    for at = 2, #s, 4 do list[#list + 1] = unpack('>I4', s, at) end
    return list
  end
  for i = 6, #s do
    local x = s:byte(i)
    for b = 0, 7 do
      if bit.band(x, bit.lshift(1, b)) ~= 0 then list[#list + 1] = (i - 6) * 8 + b end
    end
  end
  return list
end

-- packed is the set of ascending ordinals; nil for none.
local function packed(list)
  local n, part = #list, {}
  if n == 0 then return nil end
  local size = math.floor(list[n] / 8) + 1
  if 1 + 4 * n <= 5 + size then
    for i = 1, n do part[i] = pack('>I4', list[i]) end
    return 'L' .. table.concat(part)
  end
  for i = 1, size do part[i] = 0 end
  for i = 1, n do
    local at = math.floor(list[i] / 8) + 1
    part[at] = bit.bor(part[at], bit.lshift(1, list[i] % 8))
  end
  for i = 1, size do part[i] = string.char(part[i]) end
  return 'B' .. pack('>I4', n) .. table.concat(part)
end

local left, missed, n = nil, set, nil
if given == set then -- mostly it is over for all
  n = size(set)
else
  local late, rest = {}, {}
  for _, o in ipairs(ordinals(set)) do
    if has(given, o) then late[#late + 1] = o else rest[#rest + 1] = o end
  end
  left, missed, n = packed(rest), packed(late), #late
end
if n == 0 then return 0 end
if left then call('HSET', OWED, field, left) else call('HDEL', OWED, field) end
-- There are few: what has no answer is tried again within seconds, and twice at most.
for _, x in ipairs(call('HKEYS', TRIES)) do
  if x:sub(1, #item + 1) == item .. ':' and has(missed, tonumber(x:sub(#item + 2))) then call('HDEL', TRIES, x) end
end
call('HSET', EXPIRED, field, (call('HGET', EXPIRED, field) or '') .. ARGV[4] .. pack('>I4', #missed) .. missed)
count(item, -n, 0, 0, 0, 0, 0)
return n
