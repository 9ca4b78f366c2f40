-- Replays prepared bodies: wrk ... -- BODIES TARGET [HEADER VALUE]...
-- The requests are laid out before the clock starts, so that wrk costs the server little CPU.

local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local headers = { ["X-Amz-Target"] = args[2] }
  for i = 3, #args, 2 do
    headers[args[i]] = args[i + 1]
  end
  requests = {}
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", "/", headers, body)
  end
  position = (number * 1237) % #requests
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,' ..
    '"not_200":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
