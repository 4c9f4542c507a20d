tag = 标签
tag-key = 键
tag-value = 值
tag-key-of = 键 { $n }
tag-value-of = 值 { $n }
tag-row = 标签 { $n }
tag-what = 标签 { $tag }
tag-resource = 资源 { $name }
tag-the-instance = 实例
tag-the-group = 消费组 { $name }
tag-topic = Topic
tag-group = 消费组
tag-filter-hint = 键 或 键=值

tag-empty = 缺少键，请输入 1–{ $max } 个字符。
tag-character = 标签中不能有 “{ $char }”，也不能有 { $forbidden } 和控制字符。
tag-space = 首尾不能有空格，请去掉空格。
tag-in-line = “{ $tag }”：{ $text }
tag-key-twice = 该键重复出现，每个键只能填写一次。
tag-none-typed = 未填写标签，请填写 1–{ $max } 个。
tag-none-chosen = 未选择资源，请选择 1–{ $max } 个。
tag-too-many = 一次有 { $count } 个标签，最多 { $max } 个。
tag-too-many-resources = 选择了 { $count } 个资源，最多 { $max } 个。
tag-resource-full = { $what } 将有 { $count } 个标签，最多 { $max } 个。请先解绑一些，或减少选择。
tag-full = { $tag } 将绑定到 { $count } 个资源，最多 { $max } 个。请减少选择，或换一个值。
tag-gone = { $what } 不存在。
tag-is-gone = 已删除

tags-text = 标签用于归类实例、Topic 和消费组。未绑定任何资源的标签会消失。
tags-search = 键或值的一部分
tags-any-key = 不限
tags-total = 绑定数
tags-none = 暂无标签
tags-none-text = 标签由键和值组成，例如 env=prod。列表可按标签筛选。
tags-no-match = 没有匹配 { $search } 的标签
tags-no-match-text = 另有 { $count } 个标签。键须完整匹配；搜索匹配键或值的任意部分。
tags-show-all = 显示全部标签
tags-pick = 选择 { $what }
tags-pick-all = 全选
tags-picked = 项已选
tags-bulk-bind = 绑定标签…
tags-bulk = 对所选项的操作
tags-more = +{ $count }
tags-none-yet = 无
tags-others = 其他标签
tags-none-of-kind = 没有绑定。
tags-of-most = { $count } / { $max }

tags-bind = 绑定标签
tags-bind-more = 绑定更多资源
tags-bind-text = 最多填写 { $tags } 个标签，选择 { $resources } 个资源。资源已有该键时，替换为新值。
tags-resources = 资源
tags-resource-search = Topic 或消费组名称
tags-look = 搜索
tags-chosen = 已选 { $count } 个
tags-nothing-found = 未找到。
tags-narrow = 还有 { $count } 个匹配，请输入名称的一部分以缩小范围。
tags-more-rows = 还有 { $count } 行
tags-pairs-hint = 键 1–{ $key } 个字符，值最多 { $value } 个。不能有 { $forbidden }，首尾不能有空格。
tags-not-bound = 未绑定任何标签。
tags-bound = 已将 { $tags } 绑定到 { $count } 个资源。
tags-bound-replaced = 替换了 { $count } 个原有的值。
tags-bound-same = { $count } 个此前已绑定。

tags-of = { $what } 的标签
tags-edit-of = 编辑 { $what } 的标签
tags-edit-text = 最多 { $max } 个。清空一行即移除该标签。
tags-save = 保存标签
tags-saved = { $count ->
    [0] 已移除 { $what } 的标签。
   *[other] 已保存 { $what } 的 { $count } 个标签。
}
tags-not-saved = 未修改标签。
tags-changed = 其他人在此期间修改了这些标签，未做任何更改。
tags-now = 现有：{ $tags }。你填写的内容保留在下方，保存将替换现有标签。
tags-now-none = 现在没有标签。你填写的内容保留在下方，保存即绑定。

tags-unbind = 解绑标签
tags-unbind-ask = 解绑…
tags-unbind-all = 全部解绑
tags-unbind-title = 解绑 { $tags }？
tags-unbind-text = 只移除标签，资源不变。
tags-unbind-from = 解绑自
tags-unbind-whole = 未绑定任何资源的标签会从列表中消失。资源本身不变。
tags-unbind-submit = 从 { $count } 个资源解绑
tags-unbind-many = 解除 { $count } 处绑定
tags-unbound = 已解绑 { $tags }：{ $count } 处。
tags-none-chosen = 未选择标签，请返回选择。

tag-rename = 修改值
tag-rename-title = 修改 { $tag } 的值
tag-rename-text = { $count } 个资源带有此标签，将改为新值。
tag-rename-hint = 最多 { $max } 个字符。该键已有的值：{ $values }
tag-renamed = { $count } 个原有旧值的资源现为 { $tag }。
tag-not-renamed = 未修改值。

leftovers = 遗留信息
leftovers-notice = 有 { $count } 个已不存在的 Topic 或消费组仍留有标签或描述。
leftovers-look = 查看遗留信息
leftovers-text = 这些 Topic 和消费组已被客户端删除，控制台仍保留其标签和描述。同名资源再次出现时会重新获得它们。
leftovers-what = 已删除
leftovers-forget = 清除所选
leftovers-forgotten = 已清除：{ $names }。
leftovers-none-picked = 没有清除任何内容：未选择，或资源已重新出现。
leftovers-none = 没有遗留信息
leftovers-none-text = 所有带标签或描述的 Topic 和消费组都存在。
leftovers-more = 其后还有 { $count } 个。
