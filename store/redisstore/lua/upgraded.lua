-- Writes the version that an upgrade reached down, if it is still ours to do:
-- KEYS upgrade, schema; ARGV who upgrades, version.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'FENCED' end
redis.call('SET', KEYS[2], ARGV[2])
return 'OK'
