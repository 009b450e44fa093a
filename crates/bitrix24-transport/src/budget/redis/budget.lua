-- The budget of a portal, shared by processes: what `counter.rs` and `operating.rs` decide, on the server and by its clock.
-- One call is one decision. Times are microseconds, operating times seconds; all that is said are lists of texts.
--
-- ARGV: what to do; the time, or nothing to take the server's; threshold, drain, level at the start; the operating limit,
-- or nothing. What follows is said at each command below.

local counter_key, returns, under_way, accounts, permits, claims, waiting, expected =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local command, threshold, drain, limit = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6])

local TURN, TRANSIT, REFUSAL, RAMP, LONGEST_PAUSE = 1000000, 500000, 200000, 3, 32
local CAREFUL, EARLIER = 100000, 40000
local WINDOW, BASKET, OVERTAKEN, MEMORY = 600000000, 60000000, 75000000, 0.9
-- A process that waits and doesn't come back when its turn has come is passed by after this time.
local GRACE = 250000
-- Who has just been served and asks again lets those go first whose turn has come as well.
local SHORTLY = 1000
-- Nothing is known any more of a portal that nobody has called for so long.
local KEEP = 2 * 3600 * 1000

local function int(number) return string.format('%.0f', number) end

local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- The counter ------------------------------------------------------------------------------------------------------------

-- Of the search for the moment of the steps: whether there is one, since when so many places were taken, when the portal
-- last took a request and which request came early, -1 for none.
local FIELDS = { 'now', 'next', 'order', 'ramp', 'careful_until', 'paused_until', 'aware_from', 'in_a_row', 'counts_refusals',
  'uncounted', 'searching', 'since', 'level', 'served_at', 'early' }
local counter = {}

local function save()
  local flat = {}
  for _, field in ipairs(FIELDS) do
    flat[#flat + 1] = field
    flat[#flat + 1] = int(counter[field])
  end
  redis.call('HSET', counter_key, unpack(flat))
  local longest = math.max(KEEP, math.ceil(threshold / drain) * 1000)
  for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, longest)
  end
end

local function push_all(turns)
  for from = 1, #turns, 1000 do
    redis.call('RPUSH', returns, unpack(turns, from, math.min(from + 999, #turns)))
  end
end

local function advance_to(time)
  counter.now = math.max(counter.now, time)
  local turn = redis.call('LINDEX', returns, 0)
  while turn and tonumber(turn) <= counter.now do
    redis.call('LPOP', returns)
    turn = redis.call('LINDEX', returns, 0)
  end
  if not turn then counter.uncounted, counter.searching = 0, 0 end
end

-- All of so many places were taken at that time.
local function fill(level, at)
  redis.call('DEL', returns)
  local turns = {}
  for place = 0, level - 1 do
    turns[#turns + 1] = int(at + TURN * (math.floor(place / drain) + 1))
  end
  push_all(turns)
  advance_to(counter.now)
end

local function load()
  local values = redis.call('HMGET', counter_key, unpack(FIELDS))
  if values[1] then
    for at, field in ipairs(FIELDS) do counter[field] = tonumber(values[at]) end
  else
    counter = {
      now = now, next = 0, order = 0, ramp = 1, careful_until = now, paused_until = 0, aware_from = 0, in_a_row = 0,
      counts_refusals = 0, uncounted = 0, searching = 0, since = 0, level = 0, served_at = -1, early = -1,
    }
    -- What may be left of others belongs to a counter that is gone.
    redis.call('DEL', under_way, permits, claims, waiting, expected)
    fill(math.min(tonumber(ARGV[5]), threshold), now)
  end
end

-- A place is taken just now, at the latest.
local function push_place()
  local taken, turn = redis.call('LLEN', returns), counter.now
  if taken >= drain then
    turn = math.max(turn, tonumber(redis.call('LINDEX', returns, taken - drain)))
  end
  redis.call('RPUSH', returns, int(turn + TURN))
end

-- It has arrived, and was not refused.
local function arrived(number)
  if redis.call('LLEN', returns) < threshold then push_place() end
  if number >= counter.aware_from then
    if counter.now < counter.careful_until then
      counter.ramp = math.max(counter.ramp, math.floor(drain / 2))
    else
      counter.ramp = counter.ramp + RAMP
    end
    counter.level = counter.level + 1
  end
end

-- When the oldest request under way has arrived at the latest.
local function next_arrival()
  local first = redis.call('ZRANGE', under_way, 0, 0, 'WITHSCORES')
  return tonumber(first[1]), tonumber(first[2])
end

local function advance()
  local number, due = next_arrival()
  while number and due <= now do
    redis.call('ZREM', under_way, number)
    advance_to(due)
    arrived(number)
    number, due = next_arrival()
  end
  advance_to(now)
end

-- When the next request may be sent, if so many are before it.
local function ready(ahead)
  local at = counter.paused_until
  local places, sent = redis.call('LLEN', returns), redis.call('ZCARD', under_way)
  local missing = places + sent + ahead - threshold
  local searches = counter.searching == 1 and sent + ahead == 0
  if missing >= 0 then
    local turn = tonumber(redis.call('LINDEX', returns, missing) or nil)
    local _, due = next_arrival()
    -- With those ahead there are not enough places taken for that: somebody ahead has yet to come.
    local last = tonumber(redis.call('LINDEX', returns, -1) or nil) or 0
    turn = turn or due or math.max(last, counter.now + GRACE)
    at = math.max(at, searches and turn - EARLIER or turn)
  end
  if sent >= counter.ramp then
    local youngest = redis.call('ZRANGE', under_way, -counter.ramp, -counter.ramp, 'WITHSCORES')
    at = math.max(at, tonumber(youngest[2]) - TRANSIT + REFUSAL)
  end
  return at
end

-- A request that comes sooner than its place is certain to have come back looks for the moment of the steps.
local function look_for_step(number)
  if counter.searching == 0 or redis.call('ZCARD', under_way) > 0 then return end
  local first = redis.call('LLEN', returns) - threshold
  local place = first >= 0 and redis.call('LINDEX', returns, first)
  if not place or tonumber(place) <= counter.now then return end
  if counter.served_at >= 0 then
    counter.since, counter.level, counter.served_at = counter.served_at, threshold, -1
  end
  counter.early, counter.ramp = number, 1
end

local function send(number)
  look_for_step(number)
  if number == counter.aware_from then counter.careful_until = counter.now + CAREFUL end
  redis.call('ZADD', under_way, int(counter.now + TRANSIT), number)
end

local function served(number)
  local was_under_way = redis.call('ZREM', under_way, number) == 1
  local aware = number >= counter.aware_from
  if aware and counter.searching == 1 then
    counter.served_at = counter.now
    if counter.early == number then
      counter.early = -1
      local turns = redis.call('LRANGE', returns, 0, -1)
      for at, turn in ipairs(turns) do turns[at] = int(math.max(tonumber(turn) - EARLIER, 0)) end
      redis.call('DEL', returns)
      push_all(turns)
      advance_to(counter.now)
    end
  end
  if was_under_way then arrived(number) end
  if aware then counter.in_a_row = 0 end
end

local function may_spend_one(if_counted) return if_counted < threshold + drain end

local function takes_as_counted(if_counted)
  return counter.counts_refusals == 1 or may_spend_one(if_counted) and not may_spend_one(if_counted + 1)
end

-- The counter was full, and stands so high if it counts refusals.
local function overfill(if_counted)
  local counted, places = takes_as_counted(if_counted), redis.call('LLEN', returns)
  local level = counted and if_counted or math.min(places, threshold)
  redis.call('LTRIM', returns, 0, level - 1)
  for _ = places + 1, level do push_place() end
  counter.uncounted = if_counted - level
  counter.searching = 0
  if counted and may_spend_one(level) then
    counter.searching, counter.since, counter.level = 1, counter.now, level
    counter.served_at, counter.early = -1, -1
  end
end

local function refused(number)
  local was_under_way = redis.call('ZREM', under_way, number) == 1
  counter.ramp = 1
  if number < counter.aware_from then
    if was_under_way then overfill(redis.call('LLEN', returns) + counter.uncounted + 1) end
    return
  end
  counter.aware_from = counter.next
  if counter.uncounted > 0 then counter.counts_refusals = 1 end
  if counter.searching == 1 then
    counter.searching = 0
    fill(counter.level + redis.call('ZCARD', under_way) + 1, counter.since)
    redis.call('DEL', under_way)
  else
    local if_counted = math.max(redis.call('LLEN', returns) + counter.uncounted, threshold) + 1
    fill(threshold, counter.now)
    overfill(if_counted)
  end
  counter.in_a_row = counter.in_a_row + 1
  local pause = 0
  if counter.in_a_row > 2 then
    pause = math.min(LONGEST_PAUSE, 2 ^ math.min(counter.in_a_row - 3, 31)) * TURN
  end
  counter.paused_until = math.max(counter.paused_until, counter.now + pause)
end

-- The operating times ----------------------------------------------------------------------------------------------------

local function account_of(method)
  local packed = redis.call('HGET', accounts, method)
  if not packed then return nil end
  local account = {}
  account.used, account.told_at, account.heard_at, account.resets_at, account.refused, account.cost, account.running =
    unpack(cmsgpack.unpack(packed))
  return account
end

local function keep(method, account)
  redis.call('HSET', accounts, method, cmsgpack.pack({
    account.used, account.told_at, account.heard_at, account.resets_at, account.refused, account.cost, account.running }))
end

local function is_fresh(account)
  return account.heard_at >= 0 and now - account.heard_at < WINDOW
end

local function used(account)
  return is_fresh(account) and account.used or 0
end

-- Until when a method is held back; -1 until a call under way is answered.
local function held(account, calls)
  if not limit then return nil end
  local before_the_last = used(account) + account.cost * (account.running + calls - 1)
  if before_the_last <= limit and not (account.refused and is_fresh(account)) then return nil end
  if account.running > 0 then return -1 end
  if now < account.resets_at then return account.resets_at end
  return nil
end

local function learn(account, told)
  account.cost = math.max(told.took, account.cost * MEMORY)
  local long_ago = account.heard_at >= 0 and now - account.heard_at > OVERTAKEN
  local news = told.used and (long_ago or not told.told_at or told.told_at > account.told_at
    or told.told_at == account.told_at and told.used >= account.used)
  if news then
    account.used = told.used
    account.told_at = told.told_at or account.told_at
    account.heard_at = now
    account.refused = false
    account.resets_at = now + math.min(told.resets_in or BASKET, WINDOW)
  end
  if told.refused then
    account.used = used(account)
    account.refused = true
    account.heard_at = now
    if told.resets_in then
      account.resets_at = now + math.min(told.resets_in, WINDOW)
    elseif account.resets_at <= now then
      account.resets_at = now + BASKET
    end
  end
end

local function begin(number, lease, methods)
  redis.call('ZADD', permits, int(now + lease), number)
  redis.call('HSET', claims, number, cmsgpack.pack(methods))
  if not limit then return end
  for _, claim in ipairs(methods) do
    local account = account_of(claim[1])
      or { used = 0, told_at = 0, heard_at = -1, resets_at = 0, refused = false, cost = 0, running = 0 }
    account.running = account.running + claim[2]
    keep(claim[1], account)
  end
end

-- The calls of a permit are over. Without its claim they were over before: its lease had run out.
local function finish(number, told)
  local packed = redis.call('HGET', claims, number)
  if not packed then return end
  redis.call('ZREM', permits, number)
  redis.call('HDEL', claims, number)
  if not limit then return end
  for at, claim in ipairs(cmsgpack.unpack(packed)) do
    local account = account_of(claim[1])
    if account then
      account.running = math.max(account.running - claim[2], 0)
      for _, one in ipairs(told) do
        if one.method == at then learn(account, one) end
      end
      if account.running == 0 and account.heard_at < 0 then
        redis.call('HDEL', accounts, claim[1])
      else
        keep(claim[1], account)
      end
    end
  end
end

-- Who died with a permit holds nothing for longer than its lease.
local function end_leases()
  for _, number in ipairs(redis.call('ZRANGEBYSCORE', permits, '-inf', int(now))) do
    finish(number, {})
  end
end

-- The commands -----------------------------------------------------------------------------------------------------------

-- The clock is behind what was noted: it was set back, or another server has taken over. All that was noted is moved back
-- with it, as if no time had passed, for nobody knows how much has. Waiting for the clock could take years.
local function set_back(by)
  -- What is looked for went by the clock that is gone.
  counter.now, counter.searching = now, 0
  counter.careful_until, counter.paused_until = counter.careful_until - by, counter.paused_until - by
  local turns = redis.call('LRANGE', returns, 0, -1)
  for at, turn in ipairs(turns) do turns[at] = int(tonumber(turn) - by) end
  redis.call('DEL', returns)
  push_all(turns)
  for _, key in ipairs({ under_way, permits, expected }) do
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, int(-by), member)
    end
  end
  for _, method in ipairs(redis.call('HKEYS', accounts)) do
    local account = account_of(method)
    if account.heard_at >= 0 then account.heard_at = math.max(account.heard_at - by, 0) end
    account.resets_at = account.resets_at - by
    keep(method, account)
  end
end

load()
if now < counter.now then set_back(counter.now - now) end
advance()
end_leases()

-- ask: who asks; the lease; method and calls, for each method.
-- Says: go, and the permit's number; wait, and for how long; or held, by which method and for how long, -1 for an answer.
local function ask()
  local process, lease, methods = ARGV[7], tonumber(ARGV[8]), {}
  for at = 9, #ARGV, 2 do
    methods[#methods + 1] = { ARGV[at], tonumber(ARGV[at + 1]) }
  end
  for at, claim in ipairs(methods) do
    local account = account_of(claim[1])
    local until_when = account and held(account, claim[2])
    if until_when then
      return { 'held', int(at), int(until_when < 0 and -1 or until_when - now) }
    end
  end
  -- Processes take turns: who had to wait goes before who comes now, unless it doesn't come back.
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', expected, '-inf', int(now))) do
    redis.call('ZREM', expected, gone)
    redis.call('ZREM', waiting, gone)
  end
  local rank = redis.call('ZRANK', waiting, process)
  local at = ready(rank or redis.call('ZCARD', waiting))
  if not rank and redis.call('ZCOUNT', expected, '-inf', int(now + SHORTLY + GRACE)) > 0 then
    -- Others who waited for this moment are on their way.
    at = math.max(at, now + SHORTLY)
  end
  if at > now then
    redis.call('ZADD', waiting, 'NX', int(counter.order), process)
    counter.order = counter.order + 1
    redis.call('ZADD', expected, int(at + GRACE), process)
    return { 'wait', int(at - now) }
  end
  redis.call('ZREM', waiting, process)
  redis.call('ZREM', expected, process)
  local number = counter.next
  counter.next = number + 1
  send(number)
  begin(number, lease, methods)
  return { 'go', int(number) }
end

-- settle: the permit's number; what became of it; for each method that the answer tells of: its place in the claim,
-- whether it was refused, the sum, the time to its reset, what the call took, when the portal said so.
local function settle()
  local number, fate, told = tonumber(ARGV[7]), ARGV[8], {}
  for at = 9, #ARGV, 6 do
    told[#told + 1] = {
      method = tonumber(ARGV[at]),
      refused = ARGV[at + 1] == '1',
      used = tonumber(ARGV[at + 2]),
      resets_in = tonumber(ARGV[at + 3]),
      took = tonumber(ARGV[at + 4]),
      told_at = tonumber(ARGV[at + 5]),
    }
  end
  if fate == 'unsent' then
    redis.call('ZREM', under_way, number)
  elseif fate == 'served' then
    served(number)
  elseif fate == 'refused' then
    refused(number)
  end
  finish(number, told)
  return { 'done' }
end

-- look. Says the level, and for each method: name, sum in microseconds, calls under way, time for which it is held (0 if
-- it is not, -1 until an answer).
local function look()
  local seen = { int(redis.call('LLEN', returns) + redis.call('ZCARD', under_way)) }
  for _, method in ipairs(redis.call('HKEYS', accounts)) do
    local account = account_of(method)
    local until_when = held(account, 1)
    seen[#seen + 1] = method
    seen[#seen + 1] = int(math.floor(used(account) * 1000000))
    seen[#seen + 1] = int(account.running)
    seen[#seen + 1] = int(until_when and (until_when < 0 and -1 or until_when - now) or 0)
  end
  return seen
end

-- forget: a process will not come back for its turn. Its name.
local function forget()
  redis.call('ZREM', waiting, ARGV[7])
  redis.call('ZREM', expected, ARGV[7])
  return { 'done' }
end

local commands = { ask = ask, settle = settle, look = look, forget = forget }
local said = commands[command]()
save()
return said
