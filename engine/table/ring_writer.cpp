#include <fcntl.h>
#include <liburing.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <vector>

#include "engine/base/invariant.h"
#include "engine/storage/system_failure.h"
#include "engine/table/batch_writer.h"

namespace laterbase::worktable {
namespace {

constexpr unsigned queue_depth = 64;
constexpr std::size_t longest_write = std::size_t{1} << 20;

class RingWriter : public BatchWriter {
 public:
  RingWriter(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  RingWriter(const RingWriter&) = delete;
  RingWriter& operator=(const RingWriter&) = delete;
  ~RingWriter() override {
    if (started_) io_uring_queue_exit(&ring_);
    ::close(descriptor_);
  }

  bool start() { return started_ = io_uring_queue_init(queue_depth, &ring_, 0) == 0; }

  void write(std::span<const Block> blocks) override {
    const std::lock_guard guard(lock_);
    cut(blocks);
    error_ = 0;
    // After an error nothing more is begun, but what was begun is waited for: it reads the caller's bytes.
    while ((!waiting_.empty() && error_ == 0) || in_flight_ > 0) {
      if (error_ == 0) begin_some();
      if (in_flight_ > 0) end_one();
    }
    if (error_ != 0) throw_system_failure(error_, path_, "could not be written");
  }
  const char* name() const noexcept override { return "io_uring"; }

 private:
  void cut(std::span<const Block> blocks) {
    pieces_.clear();
    waiting_.clear();
    for (auto block : blocks) {
      for (; !block.bytes.empty(); block.bytes.remove_prefix(pieces_.back().bytes.size())) {
        pieces_.push_back({block.offset, block.bytes.substr(0, longest_write)});
        block.offset += pieces_.back().bytes.size();
      }
    }
    for (auto piece = pieces_.size(); piece > 0;) waiting_.push_back(--piece);
  }

  void begin_some() {
    while (!waiting_.empty() && in_flight_ + prepared_ < queue_depth) {
      auto* entry = io_uring_get_sqe(&ring_);
      if (entry == nullptr) break;
      const auto& piece = pieces_[waiting_.back()];
      io_uring_prep_write(entry, descriptor_, piece.bytes.data(), static_cast<unsigned>(piece.bytes.size()),
                          piece.offset);
      entry->user_data = waiting_.back();
      waiting_.pop_back();
      ++prepared_;
    }
    const int begun = io_uring_submit(&ring_);
    if (begun == -EINTR || begun == -EAGAIN || begun == -EBUSY) return;
    LATERBASE_INVARIANT(begun >= 0, "io_uring refuses what it accepted when it was set up");
    in_flight_ += static_cast<unsigned>(begun);
    prepared_ -= static_cast<unsigned>(begun);
  }

  void end_one() {
    io_uring_cqe* done = nullptr;
    int waited = 0;
    while ((waited = io_uring_wait_cqe(&ring_, &done)) == -EINTR) {
    }
    LATERBASE_INVARIANT(waited == 0, "io_uring lost a write that it had begun");
    const auto piece = static_cast<std::size_t>(done->user_data);
    const int result = done->res;
    io_uring_cqe_seen(&ring_, done);
    --in_flight_;
    judge(piece, result);
  }

  // What was written in part goes on from there.
  void judge(std::size_t number, int result) {
    auto& piece = pieces_[number];
    if (result == -EINTR || result == -EAGAIN) return waiting_.push_back(number);
    if (result <= 0) {
      error_ = result == 0 ? EIO : -result;
      return;
    }
    piece.bytes.remove_prefix(static_cast<std::size_t>(result));
    piece.offset += static_cast<std::uint64_t>(result);
    if (!piece.bytes.empty()) waiting_.push_back(number);
  }

  std::string path_;
  int descriptor_;
  bool started_ = false;
  io_uring ring_{};
  std::mutex lock_;
  std::vector<Block> pieces_;
  std::vector<std::size_t> waiting_;  // of the pieces
  unsigned prepared_ = 0;
  unsigned in_flight_ = 0;
  int error_ = 0;
};

}  // namespace

std::unique_ptr<BatchWriter> make_ring_writer(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) throw_system_failure(errno, path, "could not be opened");
  auto writer = std::make_unique<RingWriter>(path, descriptor);
  if (!writer->start()) return nullptr;
  return writer;
}

}  // namespace laterbase::worktable
