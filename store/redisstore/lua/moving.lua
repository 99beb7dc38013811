-- Writes down that a migration begins: KEYS moving; ARGV old chat, the migration.
-- Without these it writes nothing: what was written down is waited for before
-- it is gone on with.
if ARGV[1] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 'OK'
