"""Change reports 変更報告 to the assessment body: opened by changes of the tree or by hand."""
