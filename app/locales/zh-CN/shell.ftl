shell-skip = 跳到正文
shell-menu = 菜单
shell-nav = 主导航
shell-crumbs = 当前位置

nav-overview = 总览
nav-instance = 实例
nav-data = 数据
nav-topics = Topic
nav-messages = 消息查询
nav-find = 查找 Topic
nav-theme = 主题
nav-theme-system = 跟随系统
nav-theme-light = 浅色
nav-theme-dark = 深色
nav-account = 账号
nav-password = 修改密码
nav-logout = 退出登录

ui-cancel = 取消
ui-copy = 复制
ui-copy-value = 复制 { $value }
ui-fields-wrong = 有 { $count } 项需要修改：
ui-filter = 筛选
ui-optional = 选填
ui-page = 第 { $page } 页，共 { $pages } 页
ui-page-first = 第一页
ui-page-previous = 上一页
ui-page-next = 下一页
ui-page-last = 最后一页
ui-remove = 移除 { $what }
ui-rows = 每页
ui-rows-of = 第 { $rows } 条，共 { $total } 条
ui-rows-set = 显示

format-now = 刚刚
format-ago = { $time } 前
format-ahead = { $time } 后
