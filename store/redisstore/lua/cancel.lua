-- Withdraws all that is owed of an item, for good. ARGV item, what is left of its
-- job but for the counters.
local item = ARGV[1]
local job = call('HGET', JOBS, item) or pack('>I4I4I4I4I4I4', 0, 0, 0, 0, 0, 0)
for class = 0, LAST do call('HDEL', OWED, item .. ':' .. class) end
for _, field in ipairs(call('HKEYS', TRIES)) do
  if field:sub(1, #item + 1) == item .. ':' then call('HDEL', TRIES, field) end
end
for _, o in ipairs(call('HKEYS', INBOX)) do
  if shelvedin(item, o) then clear(item, nil, nil, o) end
end
call('HSET', JOBS, item, job:sub(1, 24) .. ARGV[2])
local owed = unpack('>I4', job)
count(item, -owed, 0, 0, 0, owed, 0)
return 'OK'
