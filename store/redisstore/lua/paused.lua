-- Tells how long nothing may be sent to a chat since Telegram asked to wait:
-- KEYS pace, the chat's pace. Returns microseconds; 0: it may be sent to.
local halt = tonumber(redis.call('HGET', KEYS[1], 'halt') or '0')
local hold = tonumber(redis.call('HGET', KEYS[2], 'hold') or '0')
return math.max(0, math.max(halt, hold) - now)
