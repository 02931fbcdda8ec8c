#include <mutex>

#include "engine/table/batch_writer.h"

namespace laterbase::worktable {
namespace {

class PlainWriter : public BatchWriter {
 public:
  explicit PlainWriter(File& file) : file_(file) {}

  void write(std::span<const Block> blocks) override {
    const std::lock_guard guard(lock_);
    for (const auto& block : blocks) file_.write_at(block.offset, block.bytes);
  }
  const char* name() const noexcept override { return "pwrite"; }

 private:
  File& file_;
  std::mutex lock_;
};

}  // namespace

std::unique_ptr<BatchWriter> make_plain_writer(File& file) { return std::make_unique<PlainWriter>(file); }

}  // namespace laterbase::worktable
