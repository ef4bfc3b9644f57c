"""Pre-flight (考前检查): one button before an exam day; what is red says what to do."""
