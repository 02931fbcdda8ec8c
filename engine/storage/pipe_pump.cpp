#include "engine/storage/pipe_pump.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "engine/storage/system_failure.h"

namespace laterbase {
namespace {

constexpr std::size_t piece_bytes = 256 << 10;

class End {
 public:
  explicit End(int descriptor) : descriptor_(descriptor) {}
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End() { close(); }
  int descriptor() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_;
};

void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void drain(int from, const std::function<void(BytesView)>& sink) {
  std::vector<char> piece(piece_bytes);
  for (;;) {
    const ssize_t got = ::read(from, piece.data(), piece.size());
    if (got == 0) return;
    if (got > 0) {
      sink(BytesView(piece.data(), static_cast<std::size_t>(got)));
    } else if (errno != EINTR) {
      throw_system_failure(errno, "the pipe of a backup", "could not be read");
    }
  }
}

}  // namespace

int pump_through_pipe(const std::function<int(int)>& produce, const std::function<void(BytesView)>& sink) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_system_failure(errno, "a pipe for a backup", "could not be made");
  End from(ends[0]);
  End to(ends[1]);
  ::fcntl(from.descriptor(), F_SETPIPE_SZ, 1 << 20);  // less is slower, not wrong
  int result = 0;
  std::exception_ptr trouble;
  std::thread producer([&] {
    block_sigpipe();
    result = produce(to.descriptor());
    to.close();
  });
  try {
    drain(from.descriptor(), sink);
  } catch (...) {
    trouble = std::current_exception();
  }
  from.close();
  producer.join();
  if (trouble) std::rethrow_exception(trouble);
  return result;
}

}  // namespace laterbase
