#include "engine/ivm/bag.h"
#include "engine/ivm/operator.h"

namespace laterbase::ivm {
namespace {

class DistinctOperator final : public Operator {
 public:
  explicit DistinctOperator(Memory memory) : rows_(memory) {}

  void step(Inputs inputs, Batch& out) override {
    for (const Change& change : *inputs[0]) {
      const std::int64_t before = rows_.add(change.row, change.weight);
      const bool had = before > 0, has = before + change.weight > 0;
      if (had != has) out.refer(change.row, has ? 1 : -1);
    }
  }

  void begin_step() override { rows_.begin_step(); }
  void commit() noexcept override { rows_.commit(); }
  void rollback() override { rows_.rollback(); }
  StateSize size() const override { return {rows_.distinct_rows(), rows_.bytes()}; }
  void save(std::string& to) const override { rows_.save(to); }
  void load(std::string_view from) override { rows_.load(from); }

 private:
  Bag rows_;
};

}  // namespace

OperatorPtr make_distinct(Memory memory) { return std::make_unique<DistinctOperator>(memory); }

}  // namespace laterbase::ivm
