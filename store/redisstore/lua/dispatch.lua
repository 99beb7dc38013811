-- Records whom an item is owed to. ARGV epoch, item, the job's record but for
-- its counters, then for each class the set ('' for none) and its size.
if fenced(ARGV[1], INTAKE) then return 'FENCED' end
local item = ARGV[2]
if call('HEXISTS', JOBS, item) == 1 then return 0 end
local gones, total, sets = call('ZRANGE', GONE, 0, -1), 0, {}
for class = 0, LAST do
  local set, n = ARGV[4 + 2 * class], tonumber(ARGV[5 + 2 * class])
  if n > 0 then
    for _, g in ipairs(gones) do
      if set and has(set, tonumber(g)) then
        set, n = without(set, tonumber(g)), n - 1
      end
    end
    sets[class], total = set, total + n
  end
end
if total == 0 then return 0 end
for class, set in pairs(sets) do
  call('HSET', OWED, item .. ':' .. class, set)
end
call('HSET', JOBS, item, pack('>I4I4I4I4I4I4', total, 0, 0, 0, 0, 0) .. ARGV[3])
call('ZADD', OPEN, item, item)
return 1
