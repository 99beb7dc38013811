-- Reads what a change needs. ARGV chat, thread (8 bytes), update key or
-- nothing. Returns the remembered update, ordinal, record, and the shard's
-- token.
local update = false
if ARGV[3] ~= '' then update = call('HGET', UPDATES, ARGV[3]) end
local o = find(ARGV[1], ARGV[2])
local token = call('HGET', STATE, 'token') or ''
if not o then return { update, false, false, token } end
return { update, o, call('HGET', DESTS, o), token }
