-- Reserves the bot's next moment to send to a chat, for all processes: KEYS
-- pace, the messages that count by until when, the chat's pace; ARGV token,
-- the field of the next moment, messages a second, by how much a slowed pace
-- climbs each second (0: it is not slowed), messages that may count, how much
-- may be made up for, how far ahead a moment may be, how long a message without
-- an answer counts, when to ask again, the chat's burst, one each, how long it
-- is busy, messages of a group (0: none) in how long. Times are microseconds.
-- Returns 1: reserved, 0: the bot has to wait, -1: the chat; how long; the
-- messages a second in force (millionths).
local a = {}
for i = 3, 14 do a[i] = tonumber(ARGV[i]) end
local function text(n) return string.format('%.0f', n) end

local has = redis.call('HMGET', KEYS[1], ARGV[2], 'rate', 'at')
local rate = a[3]
if a[4] > 0 and has[2] then
  rate = math.min(rate, tonumber(has[2]) + math.max(0, now - tonumber(has[3])) / 1000000 * a[4])
  if rate >= a[3] then redis.call('HDEL', KEYS[1], 'rate', 'at') end
end
local function answer(what, wait) return { what, math.ceil(wait), math.floor(rate * 1000000) } end

-- When the bot can send.
local next = math.max(tonumber(has[1] or '0'), now - a[6])
local at = math.max(next, now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now))
local over = redis.call('ZCOUNT', KEYS[2], '(' .. text(at), '+inf') - a[5]
if over >= 0 then
  local last = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. text(at), '+inf', 'WITHSCORES', 'LIMIT', over, 1)
  at = tonumber(last[2])
  if at - now > a[7] then return answer(0, a[9]) end -- it has no answer yet
end
if at - now > a[7] then return answer(0, at - now) end

-- When the chat can be sent to.
local chat = redis.call('HMGET', KEYS[3], 'full', 'hold', 'token', 'since', 'sent')
local full = tonumber(chat[1] or '0')
local free = tonumber(chat[2] or '0')
if chat[3] then
  if tonumber(chat[4]) + a[12] > at then return answer(-1, math.min(a[9], tonumber(chat[4]) + a[12] - now)) end
  full = math.max(full, now) + a[11]
end
free = math.max(free, full - (a[10] - 1) * a[11])
local sent = {}
for s in string.gmatch(chat[5] or '', '%d+') do sent[#sent + 1] = s end
if a[13] > 0 and #sent >= a[13] then free = math.max(free, tonumber(sent[#sent - a[13] + 1]) + a[14]) end
if free > at then return answer(-1, free - now) end

redis.call('HSET', KEYS[1], ARGV[2], text(math.max(next, at - a[6]) + 1000000 / rate))
seen()
redis.call('ZADD', KEYS[2], text(at + a[8]), ARGV[1])
redis.call('HSET', KEYS[3], 'full', text(full), 'token', ARGV[1], 'since', text(at))
local keep = math.max(2 * a[14], full - now) / 1000
if a[13] > 0 then
  sent[#sent + 1] = text(at)
  redis.call('HSET', KEYS[3], 'sent', table.concat(sent, ' ', math.max(1, #sent - a[13] + 1)))
end
if redis.call('PTTL', KEYS[3]) < keep then redis.call('PEXPIRE', KEYS[3], text(keep)) end
return answer(1, at - now)
