#include "apps/hapair/config/balance.hpp"

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/rules_balance.hpp"
#include "common/base/text.hpp"

namespace hapair::config {

lb::BalanceSettings build_balance(const BalanceDraft& draft) {
  if (draft.path.empty()) return rules::parse_balance(draft.text).value();
  lb::BalanceSettings balance = draft.as;
  for (const ListedText& part : draft.on) {
    balance.on.push_back(rules::parse_hash_part(part.text).value());
  }
  balance.load_percent = draft.load_percent.value_or(0);
  balance.when_full = draft.when_full.value_or(balance.load_percent > 0 ? lb::WhenFull::kNext
                                                                        : lb::WhenFull::kWait);
  balance.text = rules::name_of(balance.algorithm);
  if (balance.algorithm == lb::Algorithm::kHash) balance.text = base::join(texts_of(draft.on), "+");
  return balance;
}

}  // namespace hapair::config
