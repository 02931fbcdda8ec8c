#include "tests/engine_storage/failing_system_calls.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace laterbase::test {

SystemCallFaults& system_call_faults() {
  thread_local SystemCallFaults faults;
  return faults;
}

SystemCallWatcher*& system_call_watcher() {
  thread_local SystemCallWatcher* watcher = nullptr;
  return watcher;
}

namespace {

template <typename Tell>
void tell_watcher(const Tell& tell) {
  SystemCallWatcher* watcher = std::exchange(system_call_watcher(), nullptr);
  if (watcher == nullptr) return;
  tell(*watcher);
  system_call_watcher() = watcher;
}

constexpr off_t meta_pages_end = 8192;

bool fails(off_t offset, std::size_t size) {
  SystemCallFaults& faults = system_call_faults();
  if (faults.fail_at == 0) return false;
  if (faults.only_meta_pages && (offset < 0 || offset >= meta_pages_end || size >= 512)) return false;
  ++faults.calls;
  if (faults.lasting ? faults.calls < faults.fail_at : faults.calls != faults.fail_at) return false;
  ++faults.fired;
  errno = faults.error;
  return true;
}

ssize_t write_at(int file, const void* from, std::size_t size, off_t offset) {
  if (fails(offset, size)) {
    if (!system_call_faults().short_writes || size < 2) return -1;
    size /= 2;
  }
  const ssize_t written = ::syscall(SYS_pwrite64, file, from, size, offset);
  if (written > 0)
    tell_watcher([&](SystemCallWatcher& watcher) {
      watcher.wrote(file, static_cast<std::uint64_t>(offset),
                    {static_cast<const char*>(from), static_cast<std::size_t>(written)});
    });
  return written;
}

ssize_t write_pieces(int file, const iovec* pieces, int count) {
  const off_t offset = ::lseek(file, 0, SEEK_CUR);
  const ssize_t written = ::syscall(SYS_writev, file, pieces, count);
  if (written <= 0) return written;
  std::string bytes;
  for (int piece = 0; piece < count; ++piece)
    bytes.append(static_cast<const char*>(pieces[piece].iov_base), pieces[piece].iov_len);
  bytes.resize(static_cast<std::size_t>(written));
  tell_watcher([&](SystemCallWatcher& watcher) { watcher.wrote(file, static_cast<std::uint64_t>(offset), bytes); });
  return written;
}

int sync_data(int file) {
  if (fails(-1, 0)) return -1;
  const int result = static_cast<int>(::syscall(SYS_fdatasync, file));
  if (result == 0) tell_watcher([&](SystemCallWatcher& watcher) { watcher.synced(file); });
  return result;
}

}  // namespace
}  // namespace laterbase::test

using laterbase::test::fails;
using laterbase::test::sync_data;
using laterbase::test::write_at;
using laterbase::test::write_pieces;

extern "C" {

ssize_t pwrite(int file, const void* from, size_t size, off_t offset) { return write_at(file, from, size, offset); }
ssize_t pwrite64(int file, const void* from, size_t size, off_t offset) { return write_at(file, from, size, offset); }

ssize_t writev(int file, const struct iovec* pieces, int count) {
  if (!fails(-1, 0)) return write_pieces(file, pieces, count);
  if (!laterbase::test::system_call_faults().short_writes) return -1;
  return ::syscall(SYS_write, file, pieces[0].iov_base, pieces[0].iov_len / 2);
}

int fdatasync(int file) { return sync_data(file); }

}  // extern "C"
