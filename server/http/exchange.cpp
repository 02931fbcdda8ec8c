#include "server/http/exchange.h"

namespace laterbase::http {

const std::string* Exchange::query_param(std::string_view name) const noexcept {
  for (const Param& param : query)
    if (param.name == name) return &param.value;
  return nullptr;
}

void Exchange::clear() {
  head = Head{};
  request_id.clear();
  decoded_path.clear();
  route = nullptr;
  path_params = {};
  query.clear();
  body = {};
  user.clear();
  reply.clear();
  bytes_in = 0;
  bytes_out = 0;
}

Awaitable<void> Exchange::wait_until(std::int64_t deadline_ms) {
  *wait_deadline_ms = deadline_ms;
  co_await wakeup.wait();
  *wait_deadline_ms = Timed::never;
}

}  // namespace laterbase::http
