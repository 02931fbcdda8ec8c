#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/io_thread.h"

// What goes back to a client: a status, header lines and either a body or a source of one.
namespace laterbase::http {

// A body that is made while it is sent: asked for its next part only when the socket has taken the last one, so that
// memory never grows with the answer. Threads: the connection's. Errors: what fill() throws cuts the answer off in a
// way that the client sees.
class Source {
 public:
  enum class Step { more, end, wait };
  static constexpr std::size_t part_bytes = 64 * 1024;

  virtual ~Source() = default;
  // Appends to `out` until it holds about part_bytes or there is nothing more (end), or nothing for now (wait; only a
  // waiting source may say so).
  virtual Step fill(std::string& out) = 0;
};

// A source whose next part may be made elsewhere.
class WaitingSource : public Source {
 public:
  // While attached, `wakeup` is woken whenever there may be more to say.
  virtual void attach(Wakeup& wakeup) = 0;
  virtual void detach() noexcept = 0;
  virtual bool ready() = 0;
};

// A source that goes on as long as both sides want: server-sent events.
class LiveSource : public WaitingSource {
 public:
  // Appends something that tells the client, and proxies, that the connection lives.
  virtual void heartbeat(std::string& out) = 0;
  // Appends the last words: why it ends, and where to go on.
  enum class Why { draining, too_slow, failed };
  virtual void farewell(Why why, std::string& out) = 0;
};

struct Reply {
  int status = 200;
  std::string_view content_type;  // of static life; none where empty
  std::string headers;            // further lines, each "Name: value\r\n"
  std::string body;
  std::unique_ptr<Source> source;    // in place of `body`
  WaitingSource* waiting = nullptr;  // the same source, where it may have to be waited for
  LiveSource* live = nullptr;        // and where it is a live one
  std::string etag;                  // strong, without quotes; a coding adds its name
  bool close = false;
  bool vary_on_accept = false;

  void clear();
  void header(std::string_view name, std::string_view value);
};

std::string_view reason_phrase(int status) noexcept;

}  // namespace laterbase::http
