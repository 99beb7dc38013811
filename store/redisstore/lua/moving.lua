-- Writes down that something begins with chats: KEYS moved, moving; ARGV its field,
-- what it is, then each of the chats and the directory's entry of it ('': none)
-- that was read. Without these it writes nothing: what was written down is waited
-- for before it is gone on with.
if not ARGV[1] then return 'OK' end
if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then return 'OK' end
local about = {}
for i = 3, #ARGV, 2 do
  if (redis.call('HGET', KEYS[1], ARGV[i]) or '') ~= ARGV[i + 1] then return 'CONFLICT' end
  about[tonumber(ARGV[i])] = true
end
for _, text in ipairs(redis.call('HVALS', KEYS[2])) do
  local m = cjson.decode(text)
  if about[m.from] or about[m.to] or about[m.forget or m.from] then return 'CONFLICT' end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 'OK'
