#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/head.h"
#include "server/http/io_thread.h"
#include "server/http/query.h"
#include "server/http/reply.h"

namespace laterbase::http {

struct Route;

// One request and its reply, on their way through one connection. Reused from request to request, so that a small
// request allocates next to nothing. Lifetime: views hold until the reply has been sent.
struct Exchange {
  Exchange(IoThread& io_thread, Wakeup& wake) : thread(io_thread), wakeup(wake) {}

  IoThread& thread;
  Wakeup& wakeup;

  Head head;
  std::string request_id;
  std::string decoded_path;  // backs the path parameters where the path was percent-encoded
  const Route* route = nullptr;
  std::array<std::string_view, 3> path_params;  // in the order of the pattern's braces
  Params query;
  std::string_view body;
  std::string user;  // name of the token, for the log

  Reply reply;
  std::int64_t started_us = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;

  std::string_view path_param(std::size_t index) const noexcept { return path_params[index]; }
  // The value of a query parameter; nothing where it is not there.
  const std::string* query_param(std::string_view name) const noexcept;

  void clear();

  // Suspends until the wakeup is woken, the thread drains or `deadline_ms` (of the thread's clock) has passed. The
  // caller has armed the wakeup.
  Awaitable<void> wait_until(std::int64_t deadline_ms);

  // Set by the connection: where the sweeper looks.
  std::int64_t* wait_deadline_ms = nullptr;
};

}  // namespace laterbase::http
