#pragma once

#include <cstdint>

#include "server/http/exchange.h"

namespace laterbase::http {

// What a connection needs to know of its limits; changes on reload.
struct Limits {
  std::uint64_t max_body_bytes = 64 << 20;
  std::uint64_t max_header_bytes = 16 << 10;
  std::uint64_t unsent_bytes = 1 << 20;
  std::uint64_t compress_min_bytes = 1 << 10;
  std::int64_t read_timeout_ms = 30'000;
  std::int64_t write_timeout_ms = 30'000;
  std::int64_t idle_timeout_ms = 75'000;
};

// What answers requests, behind the connections. Threads: called on any I/O thread.
class Application {
 public:
  virtual ~Application() = default;

  // By the head alone: true where the request may go on (its body is read, its route called), false where the reply is
  // set.
  virtual bool admit(Exchange& exchange) = 0;
  // After admit() the connection calls the handler of the exchange's route. This is the reply to an exception that is
  // being handled.
  virtual void failed(Exchange& exchange) noexcept = 0;
  // Header lines for every reply (CORS), and what counts and logs it once sent.
  virtual void decorate(Exchange& exchange) = 0;
  virtual void finished(Exchange& exchange) noexcept = 0;

  // Lifetime: the application's, also across a reload.
  virtual const Limits& limits() const noexcept = 0;
};

}  // namespace laterbase::http
