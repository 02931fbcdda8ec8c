#include "tests/engine_ivm/differential.h"

#include <catch2/catch.hpp>

#include "engine/ivm/circuit.h"
#include "tests/support/temp_dir.h"

namespace laterbase::ivm {
namespace {

using reference::Comparable;
using reference::Table;
using reference::Tuple;

// The inputs' rows as lists, changed together with the circuit.
class Inputs {
 public:
  Inputs(const Plan& plan, Random& random) : random_(random) {
    for (const NodeId input : inputs_of_plan(plan)) tables_[input];
  }
  const std::map<NodeId, Table>& tables() const { return tables_; }
  std::map<NodeId, Table>& tables() { return tables_; }

  // Rows come, go and change, perhaps come and go again within the step.
  void change(const Plan& plan, Circuit& circuit) {
    for (auto& [input, table] : tables_) {
      for (std::uint64_t left = random_.below(6); left > 0; --left) {
        if (!table.empty() && random_.one_in(2)) {
          remove(circuit.input(input), table, random_.below(table.size()));
        } else {
          insert(circuit.input(input), table, random_tuple(plan.schema(input), random_));
        }
      }
    }
  }

 private:
  void insert(Batch& batch, Table& table, const Tuple& row) {
    const Row packed = Row::of(row);
    const std::uint64_t copies = random_.one_in(5) ? 2 : 1;
    batch.add(packed.view(), static_cast<std::int64_t>(copies));
    table.insert(table.end(), copies, row);
  }
  void remove(Batch& batch, Table& table, std::size_t place) {
    const Row packed = Row::of(table[place]);
    batch.add(packed.view(), -1);
    table.erase(table.begin() + static_cast<std::ptrdiff_t>(place));
  }

  Random& random_;
  std::map<NodeId, Table> tables_;
};

Tuple tuple_of(RowView row, const Schema& schema) {
  Tuple tuple;
  for (const Value& value : values_of(row, schema)) tuple.push_back(value.owned());
  return tuple;
}

Comparable shown_by(const Circuit& circuit) {
  Comparable rows;
  const OutputRows& output = circuit.rows(0);
  output.scan([&](RowView row, std::int64_t weight) {
    rows[reference::comparable(tuple_of(row, output.schema()))] += weight;
    return true;
  });
  return rows;
}

// For people who look at a failure: the rows that one has more of than the other.
std::string difference(const Comparable& left, const Comparable& right, const Schema& schema) {
  std::string text;
  for (const auto& [row, weight] : left) {
    const auto place = right.find(row);
    const std::int64_t more = weight - (place == right.end() ? 0 : place->second);
    if (more > 0) text += to_text(RowView{row.data()}, schema) + " x " + std::to_string(more) + "\n";
  }
  return text;
}

void add_changes(const Circuit& circuit, Comparable& rows) {
  for (const Change& change : circuit.changes(0)) {
    REQUIRE(change.weight != 0);
    const std::string key = reference::comparable(tuple_of(change.row, circuit.rows(0).schema()));
    if ((rows[key] += change.weight) == 0) rows.erase(key);
  }
}

// Most circuits have their state on the heap, some in a file.
Circuit circuit_of(const Plan& plan, Random& random) {
  static const tests::TempDir directory;
  return Circuit{plan, random.one_in(20) ? std::make_unique<ScratchFile>(directory.path()) : nullptr};
}

}  // namespace

void check_against_reference(const Plan& plan, Random& random) {
  Circuit circuit = circuit_of(plan, random);
  Inputs inputs{plan, random};
  Comparable followed;
  for (int turn = 0; turn < 8; ++turn) {
    const std::map<NodeId, Table> before = inputs.tables();
    const Comparable shown_before = shown_by(circuit);
    inputs.change(plan, circuit);
    std::optional<Comparable> expected;
    try {
      expected = reference::comparable(reference::evaluate(plan, plan.outputs()[0].node, inputs.tables()));
    } catch (const EvalError&) {
    } catch (const reference::TooLarge&) {
      return;
    }
    bool threw = false;
    try {
      circuit.step();
    } catch (const EvalError&) {
      threw = true;
    }
    REQUIRE(threw == !expected.has_value());
    if (threw) {
      REQUIRE(shown_by(circuit) == shown_before);
      inputs.tables() = before;
      continue;
    }
    const Schema& schema = circuit.rows(0).schema();
    INFO("too much:\n"
         << difference(shown_by(circuit), *expected, schema) << "missing:\n"
         << difference(*expected, shown_by(circuit), schema));
    REQUIRE(shown_by(circuit) == *expected);
    add_changes(circuit, followed);
    REQUIRE(followed == *expected);
    if (random.one_in(3)) {
      const std::string saved = circuit.save();
      circuit = circuit_of(plan, random);
      REQUIRE(circuit.load(saved).has_value());
      REQUIRE(shown_by(circuit) == *expected);
    }
  }
}

}  // namespace laterbase::ivm
