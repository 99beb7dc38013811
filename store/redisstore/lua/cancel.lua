-- Withdraws all that is owed of an item, for good, but for what is in inboxes or
-- under way, and tells how much that is. ARGV item, what a job is but for its
-- counters of which nothing was known.
local item = ARGV[1]
local job = call('HGET', JOBS, item) or pack('>I4I4I4I4I4I4', 0, 0, 0, 0, 0, 0) .. ARGV[2]
local under, gone = underway(item), 0
for class = 0, LAST do
  local field, rest = item .. ':' .. class, nil
  local set = call('HGET', OWED, field)
  if set then gone = gone + size(set) end
  for o in pairs(under) do
    if has(set, o) then rest, gone = with(rest, o), gone - 1 end
  end
  if rest then call('HSET', OWED, field, rest) else call('HDEL', OWED, field) end
end
-- There are few: what has no answer is tried again within seconds, and twice at most.
for _, field in ipairs(call('HKEYS', TRIES)) do
  if field:sub(1, #item + 1) == item .. ':' then call('HDEL', TRIES, field) end
end
local _, at = varint(job, JOBHEAD + 2) -- behind the version: since when
_, at = varint(job, at) -- until when
call('HSET', JOBS, item, job:sub(1, at - 1) .. CANCELLED)
count(item, -gone, 0, 0, 0, gone, 0)
return unpack('>I4', job) - gone
