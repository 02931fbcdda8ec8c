#pragma once

#include <memory>
#include <string>

#include "server/http/application.h"
#include "server/http/chunked.h"
#include "server/http/coding.h"
#include "server/http/stream.h"

// One client's connection: reads a request, has it answered, sends the reply, and again. Each request has one deadline
// to arrive whole, however slowly it drips; each part of a reply has one to be taken. A request that is refused before
// its body was read is answered, and what the client still sends is read over for a moment, so that it sees the answer
// and not a reset.
//
// Threads: one I/O thread. Cost: two system calls a small request; buffers are kept from request to request.
namespace laterbase::http {

class Connection : private Timed {
 public:
  Connection(IoThread& thread, Application& application, std::unique_ptr<Stream> stream);
  ~Connection() override = default;

  // Until either side has had enough.
  Awaitable<void> run();
  // Answers 503 to whatever comes, and closes.
  Awaitable<void> refuse();

 private:
  enum class Outcome { good, refused, closed };

  void deadline_passed() noexcept override;
  void drain() noexcept override;
  void set_deadline(std::int64_t after_ms) noexcept;

  Awaitable<bool> serve();  // one request; false where it was the last
  Awaitable<Outcome> read_head();
  Outcome parse(std::size_t size, bool has_deadline);
  void request_id();
  Awaitable<Outcome> read_body();
  Awaitable<Outcome> read_counted(std::uint64_t size);
  Awaitable<Outcome> read_chunked();
  Outcome decode_body();
  Awaitable<Outcome> skip_body();
  Awaitable<bool> more_input();
  Outcome refuse_with(int status, std::string_view detail);
  Outcome out_of_time();

  Awaitable<void> answer();
  Awaitable<bool> send();
  Awaitable<bool> send_whole();
  Awaitable<bool> send_parts(Source::Step step);
  Source::Step fill(std::string& out, bool& failed) noexcept;
  Awaitable<Source::Step> next_part(Source::Step step, Encoder* encoder, bool& failed);
  Awaitable<bool> wait_for_more(WaitingSource& source);
  void farewell(LiveSource& live, std::string_view unsent);
  void begin_part();
  void end_part();
  void append_head(std::optional<std::size_t> length, Coding coding);
  Coding choose_coding(std::size_t size) const;
  Awaitable<bool> write(std::string_view first, std::string_view second);
  Awaitable<void> linger();

  IoThread& thread_;
  Application& application_;
  std::unique_ptr<Stream> stream_;
  Wakeup wakeup_;
  Exchange exchange_;
  Limits limits_;

  std::string in_;  // storage; what has come and is not used is [begin_, end_)
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string body_;  // of requests that `in_` can't hold, or that came in pieces
  std::string out_;
  std::size_t part_at_ = 0;    // of the chunk that is being made in out_
  std::size_t unwritten_ = 0;  // bytes that write() left when its deadline passed

  bool idle_ = false;
  bool expired_ = false;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool linger_ = false;
};

}  // namespace laterbase::http
