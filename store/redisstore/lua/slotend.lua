-- Tells what came of a message for which a moment was reserved: KEYS pace, the
-- messages that count, the chat's pace; ARGV token, 1: it was answered or 0: it
-- was not sent, for how long it counts on, by how much the chat's bucket is
-- fuller (microseconds), how long the chat's pace is kept (milliseconds), the
-- field of the next moment, and what of it is given back when nothing was sent.
local chat = redis.call('HMGET', KEYS[3], 'full', 'token', 'sent')
local mine = chat[2] == ARGV[1]
if mine then redis.call('HDEL', KEYS[3], 'token', 'since') end
if ARGV[2] == '1' then
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[3]), ARGV[1])
  local full = math.max(tonumber(chat[1] or '0'), now) + ARGV[4]
  redis.call('HSET', KEYS[3], 'full', string.format('%.0f', full))
else
  if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then
    local next = tonumber(redis.call('HGET', KEYS[1], ARGV[6]) or '0')
    local halt = tonumber(redis.call('HGET', KEYS[1], 'halt') or '0')
    redis.call('HSET', KEYS[1], ARGV[6], string.format('%.0f', math.max(halt, next - ARGV[7])))
  end
  if mine and chat[3] then
    local others = string.gsub(chat[3], ' ?%d+$', '')
    redis.call('HSET', KEYS[3], 'sent', others)
  end
end
if redis.call('PTTL', KEYS[3]) == -1 then redis.call('PEXPIRE', KEYS[3], ARGV[5]) end
return 'OK'
