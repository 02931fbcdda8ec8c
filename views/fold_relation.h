#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/folds/fold.h"
#include "views/relation_source.h"

// A fold as a relation (key TEXT, state JSONB): a row for each of its states.
namespace laterbase::views {

class FoldRelation : public RelationSource, private folds::Source {
 public:
  FoldRelation(std::string name, std::shared_ptr<const folds::Reducer> reducer, LogReader& log,
               const folds::FoldOptions& options = {});

  const sql::Relation& relation() const noexcept override { return relation_; }
  void apply(const Event& event) override { fold_.apply(event); }
  void flush(ivm::Batch& changes) override;
  std::string trouble() const override { return fold_.trouble(); }
  void scan(const std::function<void(ivm::RowView)>& visit) const override;
  std::uint64_t rows() const noexcept override { return rows_.size(); }
  std::uint64_t bytes() const noexcept override;
  std::string save() const override { return fold_.save(); }
  bool load(std::string_view saved) override { return fold_.load(saved); }

  ivm::RowView find(const std::string& key) const override;
  bool scan_at(const Ulid& until, const std::string* key,
               const std::function<void(ivm::RowView)>& visit) const override;
  std::uint64_t undecodable() const noexcept override { return fold_.undecodable(); }
  std::vector<folds::PassedOver> passed_over() const override { return fold_.passed_over(); }

  // What every fold looks like.
  static sql::Relation shape(std::string name);

 private:
  void keys(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) override;
  void events(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) override;
  void show(const std::string& key, const std::string* json, ivm::Batch& changes);

  sql::Relation relation_;
  LogReader& log_;
  folds::Fold fold_;
  std::map<std::string, ivm::Row, std::less<>> rows_;
  ivm::RowBuilder builder_;
};

}  // namespace laterbase::views
