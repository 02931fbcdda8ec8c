#include "tests/engine_storage/failing_system_calls.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace laterbase::test {

SystemCallFaults& system_call_faults() {
  thread_local SystemCallFaults faults;
  return faults;
}

namespace {

constexpr off_t kMetaPagesEnd = 8192;

bool fails(off_t offset, std::size_t size) {
  SystemCallFaults& faults = system_call_faults();
  if (faults.fail_at == 0) return false;
  if (faults.only_meta_pages && (offset < 0 || offset >= kMetaPagesEnd || size >= 512)) return false;
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
  return ::syscall(SYS_pwrite64, file, from, size, offset);
}

}  // namespace
}  // namespace laterbase::test

using laterbase::test::fails;
using laterbase::test::write_at;

extern "C" {

ssize_t pwrite(int file, const void* from, size_t size, off_t offset) { return write_at(file, from, size, offset); }
ssize_t pwrite64(int file, const void* from, size_t size, off_t offset) { return write_at(file, from, size, offset); }

ssize_t writev(int file, const struct iovec* pieces, int count) {
  if (!fails(-1, 0)) return ::syscall(SYS_writev, file, pieces, count);
  if (!laterbase::test::system_call_faults().short_writes) return -1;
  return ::syscall(SYS_write, file, pieces[0].iov_base, pieces[0].iov_len / 2);
}

int fdatasync(int file) { return fails(-1, 0) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, file)); }

}  // extern "C"
